# Makes a role with a policy.
set -e
name=scripts-role
cat > trust.json <<DOC
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
DOC
arn=$(aws iam create-role --role-name $name --assume-role-policy-document file://trust.json --tags Key=a,Value=b --query Role.Arn --output text)
echo "$arn"
aws iam get-role --role-name $name --query Role.AssumeRolePolicyDocument --output json
aws iam put-role-policy --role-name $name --policy-name logs --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}'
aws iam list-role-policies --role-name $name --output text
aws iam get-role-policy --role-name $name --policy-name logs --query 'PolicyDocument.Statement[0].Action' --output text
aws iam list-role-tags --role-name $name --output table
for policy in $(aws iam list-role-policies --role-name $name --query 'PolicyNames[]' --output text); do
    aws iam delete-role-policy --role-name $name --policy-name "$policy"
done
aws iam delete-role --role-name $name && echo deleted
aws iam get-role --role-name $name 2>&1 | grep -o 'An error occurred (NoSuchEntity) when calling the GetRole operation: .*'
