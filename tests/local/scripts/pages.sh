# Pages by hand and by the options for pages.
set -e
for number in 1 2 3 4 5; do aws sqs create-queue --queue-name "page-$number" >/dev/null; done
aws sqs list-queues --queue-name-prefix page- --max-items 2 --query 'QueueUrls[]' --output json | sed 's/.*page/page/'
token=
while :; do
    page=$(aws ssm describe-parameters --max-items 1 ${token:+--starting-token "$token"} --output json)
    token=$(printf '%s' "$page" | sed -n 's/.*"NextToken": "\(.*\)".*/\1/p')
    [ -n "$token" ] || break
done
aws ssm describe-parameters --query Parameters --output json
for number in 1 2 3; do aws ssm put-parameter --name "p$number" --type String --value "$number" >/dev/null; done
aws ssm describe-parameters --max-items 2 --query 'Parameters[].Name'
aws ssm describe-parameters --page-size 1 --query 'Parameters[].Name' --output text
aws ssm describe-parameters --no-paginate --max-results 2 --query 'Parameters[].Name' --output text
aws ssm describe-parameters --no-paginate --max-items 2 >/dev/null 2>&1 || echo refused
