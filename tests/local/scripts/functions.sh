# Makes a function from an archive.
set -e
role=$(aws iam create-role --role-name scripts-function --assume-role-policy-document '{"Version":"2012-10-17","Statement":[]}' --query Role.Arn --output text)
printf 'PK\005\006\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' > f.zip
aws lambda create-function --function-name hello --runtime python3.12 --role "$role" --handler f.main --zip-file fileb://f.zip \
    --environment 'Variables={STAGE=test,LIST="a,b"}' --memory-size 256 --timeout 9 --query '[FunctionName,MemorySize,Timeout,Environment.Variables.LIST]' --output text
aws lambda wait function-exists --function-name hello
aws lambda list-functions --query 'Functions[].FunctionName' --output text
aws lambda update-function-configuration --function-name hello --timeout 12 --query Timeout
aws lambda tag-resource --resource "$(aws lambda get-function --function-name hello --query Configuration.FunctionArn --output text)" --tags a=1,b=2
aws lambda get-function --function-name hello --query Tags
aws lambda get-function --function-name hello --query 'Configuration.[Runtime,Handler]' --output table
aws lambda delete-function --function-name hello >/dev/null
aws lambda get-function --function-name hello 2>&1 | grep -o '(ResourceNotFoundException)'
aws iam delete-role --role-name scripts-function
