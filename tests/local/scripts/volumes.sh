# Removes volumes that nothing uses.
set -e
for size in 1 2 3; do aws ec2 create-volume --size $size --availability-zone "${AWS_DEFAULT_REGION}a" --volume-type gp3 --query '[Size,VolumeType]' --output text; done
aws ec2 describe-volumes --filters Name=status,Values=available --query 'Volumes[].[VolumeId,Size]' --output text |
    while read -r id size; do
        echo "removing $size GiB"
        aws ec2 delete-volume --volume-id "$id"
    done | sort
aws ec2 describe-volumes --query 'Volumes[].VolumeId' --output text
aws ec2 describe-volumes
