# Makes a table, writes items and reads them.
set -eu
aws dynamodb create-table --table-name music --billing-mode PAY_PER_REQUEST \
    --attribute-definitions AttributeName=artist,AttributeType=S AttributeName=song,AttributeType=S \
    --key-schema AttributeName=artist,KeyType=HASH AttributeName=song,KeyType=RANGE --query TableDescription.TableName --output text
aws dynamodb wait table-exists --table-name music
for song in 'One' 'Two words' 'Three'; do
    aws dynamodb put-item --table-name music --item '{"artist": {"S": "A"}, "song": {"S": "'"$song"'"}, "length": {"N": "3.50"}, "tags": {"SS": ["x"]}}'
done
cat > key.json <<KEY
{"artist": {"S": "A"}, "song": {"S": "Three"}}
KEY
aws dynamodb get-item --table-name music --key file://key.json
aws dynamodb query --table-name music --key-condition-expression 'artist = :a' --expression-attribute-values '{":a": {"S": "A"}}' --query 'Items[].song.S' --output text
aws dynamodb scan --table-name music --page-size 1 --query 'Items[].[song.S,length.N]' --output text | grep -v None
aws dynamodb scan --table-name music --max-items 2 --query 'length(Items)'
aws dynamodb scan --table-name music --select COUNT --output text
aws dynamodb update-item --table-name music --key file://key.json --update-expression 'SET #l = :l' --expression-attribute-names '#l=length' --expression-attribute-values ':l={N=4}' --return-values UPDATED_NEW --output text
aws dynamodb delete-table --table-name music --query TableDescription.TableStatus --output text | wc -l
