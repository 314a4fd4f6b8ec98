# Connects a topic and a queue.
set -e
topic=$(aws sns create-topic --name alarms --attributes DisplayName=Alarms --output text)
url=$(aws sqs create-queue --queue-name alarms --output text)
queue=$(aws sqs get-queue-attributes --queue-url "$url" --attribute-names QueueArn --query Attributes.QueueArn --output text)
aws sns subscribe --topic-arn "$topic" --protocol sqs --notification-endpoint "$queue" --return-subscription-arn --query 'SubscriptionArn!=`""`'
aws sns publish --topic-arn "$topic" --subject Hello --message 'the text' --message-attributes '{"kind":{"DataType":"String","StringValue":"test"}}' --query 'MessageId!=null'
aws sqs receive-message --queue-url "$url" --query 'Messages[0].Body' --output text | grep -o '"Message": "the text"'
aws sns list-subscriptions-by-topic --topic-arn "$topic" --query 'Subscriptions[].[Protocol,Endpoint]' --output text
aws sns get-topic-attributes --topic-arn "$topic" --query Attributes.DisplayName
aws sns delete-topic --topic-arn "$topic"
aws sns list-topics
