# Ends all instances of a stage.
ami=$(aws ec2 describe-images --owners amazon --query 'Images[0].ImageId' --output text)
for stage in old old new; do
    aws ec2 run-instances --image-id "$ami" --tag-specifications "ResourceType=instance,Tags=[{Key=stage,Value=$stage}]" --query 'Instances[0].InstanceId' --output text
done
aws ec2 describe-instances --filters Name=tag:stage,Values=old --query 'Reservations[*].Instances[*].[InstanceId]' --output text |
    xargs aws ec2 terminate-instances --query 'TerminatingInstances[].CurrentState.Name' --instance-ids
aws ec2 describe-instances --query 'Reservations[].Instances[].State.Name' --output text | tr '\t' '\n' | sort
aws ec2 terminate-instances --instance-ids i-00000000000000000 2>error || echo failed
grep -o 'An error occurred ([A-Za-z.]*)' error
