# Lists the versions of an object.
set -e
bucket=scripts-versions-$$
aws s3api create-bucket --bucket $bucket --create-bucket-configuration LocationConstraint=$AWS_DEFAULT_REGION >/dev/null
aws s3api put-bucket-versioning --bucket $bucket --versioning-configuration Status=Enabled
aws s3api get-bucket-versioning --bucket $bucket
for n in 1 2 3; do echo $n | cat > body; aws s3api put-object --bucket $bucket --key k --body body --query 'VersionId!=`null`'; done
aws s3api delete-object --bucket $bucket --key k --query DeleteMarker
aws s3api list-object-versions --bucket $bucket --prefix k --query '[length(Versions), length(DeleteMarkers), Versions[0].Size]' --output text
aws s3api put-bucket-tagging --bucket $bucket --tagging 'TagSet=[{Key=a,Value=1},{Key=b,Value="x y"}]'
aws s3api get-bucket-tagging --bucket $bucket --output text
aws s3api get-bucket-tagging --bucket $bucket --output table
aws s3api get-bucket-policy --bucket $bucket --query Policy --output text 2>&1 | grep -o '(NoSuchBucketPolicy)'
