# Makes a stack, waits for it, and reads its outputs.
set -e
cat > stack.json <<DOC
{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}},
 "Parameters": {"Name": {"Type": "String"}}, "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Q", "QueueName"]}}}}
DOC
aws cloudformation create-stack --stack-name queue --template-body file://stack.json --parameters ParameterKey=Name,ParameterValue=from-a-stack --tags Key=a,Value=b --query 'StackId!=null'
aws cloudformation wait stack-create-complete --stack-name queue
aws cloudformation describe-stacks --stack-name queue --query 'Stacks[0].[StackName,StackStatus,Outputs[0].OutputValue]' --output text
aws cloudformation describe-stack-resources --stack-name queue --query 'StackResources[].ResourceType' --output text
aws cloudformation list-stacks --stack-status-filter CREATE_COMPLETE --query 'StackSummaries[?StackName==`queue`].StackStatus' --output text
aws cloudformation delete-stack --stack-name queue
aws cloudformation wait stack-delete-complete --stack-name queue && echo deleted
aws cloudformation describe-stacks --stack-name queue >/dev/null 2>&1 || echo "no stack"
