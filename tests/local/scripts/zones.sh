# Changes records of a hosted zone.
set -e
zone=$(aws route53 create-hosted-zone --name example.test --caller-reference "$(date +%s%N)" --query HostedZone.Id --output text)
cat > change.json <<DOC
{"Changes": [{"Action": "UPSERT", "ResourceRecordSet": {"Name": "www.example.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}, {"Value": "10.0.0.2"}]}}]}
DOC
aws route53 change-resource-record-sets --hosted-zone-id "$zone" --change-batch file://change.json --query ChangeInfo.Status --output text
aws route53 list-resource-record-sets --hosted-zone-id "$zone" --query 'ResourceRecordSets[?Type==`A`].[Name,TTL,ResourceRecords[].Value]' --output text
aws route53 list-resource-record-sets --hosted-zone-id "$zone" --query 'ResourceRecordSets[?Type==`A`]' --output json
aws route53 list-hosted-zones --max-items 1 --query 'length(HostedZones)'
sed 's/UPSERT/DELETE/' change.json > delete.json
aws route53 change-resource-record-sets --hosted-zone-id "$zone" --change-batch file://delete.json --query ChangeInfo.Status --output text
aws route53 delete-hosted-zone --id "$zone" --query ChangeInfo.Status --output text
