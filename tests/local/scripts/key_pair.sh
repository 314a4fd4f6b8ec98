# Saves the key of a new pair.
umask 077
aws ec2 create-key-pair --key-name deploy --query KeyMaterial --output text > k.pem || exit 1
head -1 k.pem
tail -1 k.pem
aws ec2 describe-key-pairs --key-names deploy --query 'KeyPairs[].KeyName' --output text
aws ec2 delete-key-pair --key-name deploy >/dev/null
aws ec2 describe-key-pairs --query 'length(KeyPairs)'
