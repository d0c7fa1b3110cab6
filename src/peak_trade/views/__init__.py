"""The pages: one Panel viewer per page and part. Payloads come from models, text from artifacts."""
