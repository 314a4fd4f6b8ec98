# Reads a secret in JSON.
set -e
aws secretsmanager create-secret --name app/db --secret-string '{"user":"u","password":"p w"}' --query Name --output text
aws secretsmanager get-secret-value --secret-id app/db --query SecretString --output text
aws secretsmanager put-secret-value --secret-id app/db --secret-string file:///dev/stdin --query VersionStages --output text <<END
line one
line two
END
aws secretsmanager get-secret-value --secret-id app/db --query SecretString --output text
aws secretsmanager get-secret-value --secret-id app/db --query SecretString
aws secretsmanager list-secrets --query 'SecretList[].Name' --output text
aws secretsmanager delete-secret --secret-id app/db --force-delete-without-recovery --query Name --output text
aws secretsmanager get-secret-value --secret-id app/db >/dev/null 2>error || echo failed
grep -o '(ResourceNotFoundException)' error
