EXPECTED = []
def all_cases():
    yield {"name": "put", "service": "s3", "operation": "PutObject", "mode": "aws", "params": {"Bucket": "bucket", "Key": "a b"}, "body": {"as": "bytes", "data": b"hello"}}
    yield {"name": "put", "service": "s3", "operation": "PutObject", "mode": "http", "params": {"Bucket": "bucket", "Key": "a b"}, "body": {"as": "bytes", "data": b"hello"}}
    yield {"name": "put", "service": "s3", "operation": "PutObject", "mode": "tls", "params": {"Bucket": "bucket", "Key": "a b"}, "body": {"as": "bytes", "data": b"hello"}, "config": "[default]\ns3 =\n    addressing_style = path\n"}
