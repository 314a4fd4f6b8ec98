# Sends messages and takes them off the queue.
set -eu
url=$(aws sqs create-queue --queue-name jobs --attributes VisibilityTimeout=60,DelaySeconds=0 --query QueueUrl --output text)
for job in one 'two words' '{"three": 3}'; do
    aws sqs send-message --queue-url "$url" --message-body "$job" --query MD5OfMessageBody --output text
done
aws sqs send-message-batch --queue-url "$url" --entries Id=a,MessageBody=four Id=b,MessageBody=five --query 'Successful[].Id' --output text
while true; do
    message=$(aws sqs receive-message --queue-url "$url" --query 'Messages[0].[ReceiptHandle,Body]' --output text)
    [ "$message" = None ] && break
    echo "$message" | cut -f2
    aws sqs delete-message --queue-url "$url" --receipt-handle "$(echo "$message" | cut -f1)"
done | sort
aws sqs get-queue-attributes --queue-url "$url" --attribute-names VisibilityTimeout ApproximateNumberOfMessages
aws sqs delete-queue --queue-url "$url"
aws sqs list-queues
aws sqs list-queues --output text
