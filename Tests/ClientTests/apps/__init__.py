"""Three small applications as their authors would write them with boto3: they know DynamoDB, and nothing of kvd."""
