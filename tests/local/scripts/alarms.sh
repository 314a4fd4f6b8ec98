# Writes metrics and sets an alarm.
set -e
aws cloudwatch put-metric-data --namespace App --metric-name Jobs --value 5 --unit Count --dimensions Host=a,Stage=test
aws cloudwatch put-metric-data --namespace App --metric-data 'MetricName=Size,Value=1.5,Dimensions=[{Name=Host,Value=b}]' MetricName=Size,Value=2.5
aws cloudwatch list-metrics --namespace App --query 'Metrics[].[MetricName,Dimensions[0].Value]' --output text | sort
aws cloudwatch put-metric-alarm --alarm-name jobs --metric-name Jobs --namespace App --statistic Average --period 60 --threshold 1e3 --comparison-operator GreaterThanThreshold --evaluation-periods 2 --no-actions-enabled
aws cloudwatch describe-alarms --alarm-names jobs --query 'MetricAlarms[].[AlarmName,Threshold,ActionsEnabled,EvaluationPeriods]' --output text
aws cloudwatch describe-alarms --alarm-names jobs --query 'MetricAlarms[0].{t:Threshold,p:Period}'
aws cloudwatch delete-alarms --alarm-names jobs
aws cloudwatch describe-alarms --query 'length(MetricAlarms)' --output text
