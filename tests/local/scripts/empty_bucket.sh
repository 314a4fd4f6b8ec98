# Removes all objects of a bucket and the bucket.
bucket=scripts-empty-$$
aws s3api create-bucket --bucket $bucket --create-bucket-configuration LocationConstraint=$AWS_DEFAULT_REGION >/dev/null || exit 1
for key in a b/c 'd e'; do aws s3api put-object --bucket $bucket --key "$key" >/dev/null; done
aws s3api delete-objects --bucket $bucket --delete "$(aws s3api list-objects-v2 --bucket $bucket --query '{Objects: Contents[].{Key: Key}, Quiet: `false`}' --output json)" --query 'Deleted[].Key' --output text
aws s3api list-objects-v2 --bucket $bucket --query 'Contents[].Key' --output text
aws s3api delete-bucket --bucket $bucket && echo deleted
aws s3api wait bucket-not-exists --bucket $bucket && echo gone
