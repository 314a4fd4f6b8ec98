# Asks who the caller is, as most scripts do first.
account=$(aws sts get-caller-identity --query Account --output text) || exit 1
echo "account $account"
aws sts get-caller-identity --query 'Arn' --output json
aws sts assume-role --role-arn "arn:aws:iam::$account:role/deploy" --role-session-name session --query 'AssumedRoleUser.Arn' --output text
set -- $(aws sts assume-role --role-arn "arn:aws:iam::$account:role/deploy" --role-session-name session --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
echo "$# words"
AWS_ACCESS_KEY_ID=$1 AWS_SECRET_ACCESS_KEY=$2 AWS_SESSION_TOKEN=$3 aws sts get-caller-identity --query Arn --output text
aws sts get-caller-identity --output yaml-nonsense >/dev/null 2>&1 || echo "refused"
