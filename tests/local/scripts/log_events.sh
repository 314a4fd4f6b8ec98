# Writes log events and filters them.
set -e
aws logs create-log-group --log-group-name /app/web
aws logs put-retention-policy --log-group-name /app/web --retention-in-days 7
aws logs create-log-stream --log-group-name /app/web --log-stream-name one
now=$(date +%s)000
aws logs put-log-events --log-group-name /app/web --log-stream-name one --log-events timestamp=$now,message="'GET / 200'" timestamp=$now,message="'GET /x 404'" >/dev/null
aws logs describe-log-groups --log-group-name-prefix /app --query 'logGroups[].[logGroupName,retentionInDays]' --output text
aws logs get-log-events --log-group-name /app/web --log-stream-name one --query 'events[].message' --output text
aws logs filter-log-events --log-group-name /app/web --filter-pattern 404 --query 'events[].[message]' --output text | grep -v '^None$'
aws logs describe-log-streams --log-group-name /app/web --query 'logStreams[].logStreamName' --output json
aws logs delete-log-group --log-group-name /app/web
aws logs describe-log-groups --log-group-name-prefix /app
