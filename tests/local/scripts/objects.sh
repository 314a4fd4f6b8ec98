# Puts, lists and gets objects.
set -eu
bucket=scripts-objects-$$
aws s3api create-bucket --bucket "$bucket" --create-bucket-configuration "LocationConstraint=$AWS_DEFAULT_REGION" --query Location --output text | sed "s/$bucket/BUCKET/"
for number in 1 2 3 4 5; do
    echo "content $number" > file
    aws s3api put-object --bucket "$bucket" --key "logs/2026/$number.txt" --body file --content-type text/plain --metadata "number=$number,who=me" --query ETag --output text
done
aws s3api list-objects-v2 --bucket "$bucket" --prefix logs/ --query 'Contents[].[Key,Size]' --output text
aws s3api list-objects-v2 --bucket "$bucket" --page-size 2 --query 'Contents[].Key' --output text
aws s3api list-objects-v2 --bucket "$bucket" --page-size 2 --query 'length(Contents)' --output json
aws s3api list-objects-v2 --bucket "$bucket" --delimiter / --query 'CommonPrefixes[].Prefix' --output text
aws s3api head-object --bucket "$bucket" --key logs/2026/3.txt --query '[ContentLength,ContentType,Metadata.who]' --output text
aws s3api get-object --bucket "$bucket" --key logs/2026/4.txt copy --query ContentType --output text
cat copy
aws s3api head-object --bucket "$bucket" --key none 2>/dev/null && echo found || echo missing
