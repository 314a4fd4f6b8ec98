# Starts instances, stops one, and lists them by state.
set -eu
ami=$(aws ec2 describe-images --owners amazon --query 'Images[0].ImageId' --output text)
aws ec2 run-instances --image-id "$ami" --count 3 --instance-type t3.micro \
    --tag-specifications 'ResourceType=instance,Tags=[{Key=team,Value=web},{Key=stage,Value=test}]' >/dev/null
first=$(aws ec2 describe-instances --filters Name=tag:team,Values=web --query 'Reservations[0].Instances[0].InstanceId' --output text)
aws ec2 stop-instances --instance-ids "$first" --query 'StoppingInstances[].[InstanceId,CurrentState.Name]' --output text
aws ec2 wait instance-stopped --instance-ids "$first"
for state in running stopped; do
    for id in $(aws ec2 describe-instances --filters "Name=instance-state-name,Values=$state" --query 'Reservations[].Instances[].InstanceId' --output text); do
        echo "$state $id"
    done
done
aws ec2 describe-instances --output text --query 'Reservations[].Instances[].[InstanceType,State.Name,Tags[?Key==`team`]|[0].Value]'
