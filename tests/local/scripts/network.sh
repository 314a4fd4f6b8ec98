# Builds a network and opens ports.
set -eu
vpc=$(aws ec2 create-vpc --cidr-block 10.9.0.0/16 --query Vpc.VpcId --output text)
aws ec2 create-tags --resources "$vpc" --tags Key=Name,Value=scripts 'Key=note,Value=two words'
aws ec2 describe-vpcs --vpc-ids "$vpc" --query 'Vpcs[].Tags[]' --output text | sort
for zone in a b; do
    aws ec2 create-subnet --vpc-id "$vpc" --cidr-block "10.9.$(printf '%d' "'$zone").0/24" --availability-zone "$AWS_DEFAULT_REGION$zone" --query 'Subnet.[CidrBlock,AvailabilityZone]' --output text
done
group=$(aws ec2 create-security-group --group-name web --description 'web servers' --vpc-id "$vpc" --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 443 --cidr 0.0.0.0/0 --query Return
aws ec2 authorize-security-group-ingress --group-id "$group" --ip-permissions IpProtocol=tcp,FromPort=22,ToPort=22,IpRanges='[{CidrIp=10.0.0.0/8,Description="inside"}]' --query Return
aws ec2 describe-security-groups --group-ids "$group" --query 'SecurityGroups[].IpPermissions[].[FromPort,ToPort,IpRanges[0].CidrIp]' --output text
aws ec2 describe-security-groups --group-ids "$group" --query 'SecurityGroups[0].IpPermissions[].{from:FromPort,to:ToPort}' --output table
aws ec2 revoke-security-group-ingress --group-id "$group" --protocol tcp --port 443 --cidr 0.0.0.0/0 --query Return
aws ec2 delete-security-group --group-id "$group" >/dev/null
aws ec2 modify-vpc-attribute --vpc-id "$vpc" --enable-dns-hostnames '{"Value":true}'
aws ec2 describe-vpc-attribute --vpc-id "$vpc" --attribute enableDnsHostnames --query EnableDnsHostnames.Value
