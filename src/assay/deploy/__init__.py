"""Templates of CloudFormation for what assay runs as in AWS. Pure: documents are made, nothing is sent."""
