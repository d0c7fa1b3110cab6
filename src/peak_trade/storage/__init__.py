"""A root that an address names, such as `s3://bucket/desk`: a copy of ours that readers read."""
