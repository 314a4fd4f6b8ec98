# Keeps settings in the parameter store.
set -e
aws ssm put-parameter --name /app/db/host --type String --value db.internal --output text
aws ssm put-parameter --name /app/db/password --type SecureString --value 's3cret & "quoted"' --query Version
aws ssm put-parameter --name /app/db/host --type String --value db2.internal --overwrite --output json
host=$(aws ssm get-parameter --name /app/db/host --query Parameter.Value --output text)
password=$(aws ssm get-parameter --name /app/db/password --with-decryption --query Parameter.Value --output text)
echo "host=$host password=$password"
aws ssm get-parameters-by-path --path /app --recursive --with-decryption --query 'Parameters[].[Name,Value,Version]' --output text | sort
aws ssm get-parameters-by-path --path /app --recursive --output table --query 'Parameters[].{Name:Name,Type:Type}'
if ! aws ssm get-parameter --name /app/none >/dev/null 2>&1; then echo "no such parameter"; fi
