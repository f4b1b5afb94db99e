"""Tables of DynamoDB: listed, sampled and read whole, at a rate that leaves their capacity to others."""
