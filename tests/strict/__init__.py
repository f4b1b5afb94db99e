"""What AWS refuses and the emulator lets pass: a layer of checks in front of it, as a WSGI application.

`layer.StrictLayer` is what tests use, as `aws.strict` of the fixture `aws`:

    aws.strict.deny("s3.GetObject", bucket="orders", times=2)      AccessDenied, as each service and protocol tells it
    aws.strict.throttle("dynamodb.*")                              SlowDown, Throttling …, with the right status
    aws.strict.expire(), .disable_region("eu-south-1"), .fail(name, code), .delay(name, seconds), .before(name, function)
    aws.strict.deny_key(key), .unsettled(table, "CREATING"), .system_tags(bucket, cloudformation_stack_name="shop")
    aws.strict.macie_holds("findings", finding)                    what there is in Macie
    aws.strict.holds("docdb-elastic", "clusters", cluster)        what there is of Redshift Serverless and of elastic clusters
    aws.strict.analyzes(finding)                           an analyzer of Access Analyzer, and what it found
    aws.strict.answer("macie2.ListFindings", {"findingIds": []})   what the emulator does not have, in the shape of the model
    aws.strict.pages(2)                                            every list in pages of at most two items
    aws.strict.calls.made("s3.GetObject", bucket="orders")         the log of calls; also .names() and len()
    aws.strict.reset()                                             all empty again; the fixture does it

What is refused or different from the emulator, always:

| service | what | answer |
|---|---|---|
| S3 | tag keys and values of other characters than letters, digits, white space and `_ . : / = + - @`; keys longer than 128, values longer than 256 UTF-16 units; a key twice | InvalidTag |
| S3 | more than 10 tags of an object, 50 of a bucket | BadRequest |
| S3 | `aws:` keys on objects; on buckets those that are not there already, and a PutBucketTagging that leaves out those that are | InvalidTag |
| S3 | a key twice in `x-amz-tagging` | InvalidArgument |
| S3 | PutBucketTagging, DeleteBucketTagging where access control by attributes (ABAC) is on; PutBucketAbac and GetBucketAbac work | InvalidRequest (the code is not documented) |
| S3 | a bucket of another region than the request's (but for its location) | PermanentRedirect 301 with `x-amz-bucket-region` |
| S3 | another owner than ExpectedBucketOwner or ExpectedSourceBucketOwner, on every operation | AccessDenied 403 |
| S3 | new buckets: SSE-S3, public access blocked, owner enforced, their tags; DeleteBucketEncryption goes back to SSE-S3 | – |
| S3 | access control lists where the owner is enforced | AccessControlListNotSupported |
| S3 | a public policy where it is blocked | AccessDenied 403 |
| S3 | a public policy where the account blocks it, too; one longer than 20 KB | AccessDenied 403, PolicyTooLarge |
| S3, KMS, IAM | documents that are no policies: no JSON, unknown elements, no effect, no action, no principal where one is needed and one where none is, operators and values of conditions that are none | MalformedPolicy, MalformedPolicyDocumentException, MalformedPolicyDocument |
| S3, KMS, IAM | principals that are none, sessions by a glob, users and roles of the account that are not there | the same |
| S3 | statements about other buckets; actions that none of the resources has; `s3:ExistingObjectTag` and `s3:prefix` with actions that do not know them | MalformedPolicy |
| KMS | policies that nobody of the account could change again; longer than 32 KB | MalformedPolicyDocumentException, LimitExceededException |
| IAM | inline policies that together are longer than 2,048 characters of a user, 10,240 of a role; managed ones above 6,144 | LimitExceeded |
| S3 | the owner enforced while the bucket's list lets others in | InvalidBucketAclWithObjectOwnership |
| S3 | logs to a bucket of another region or account | CrossLocationLoggingProhibited, InvalidTargetBucketForLogging |
| S3 | versioning changed without the second factor that it asks for, or suspended under Object Lock | AccessDenied, InvalidBucketState |
| S3 | lifecycle rules written without TransitionDefaultMinimumObjectSize set it back | – |
| S3 | rules that move objects to infrequent access before their 30th day, or delete before they move | InvalidArgument |
| KMS | keys are made to encrypt unless another use is asked for, and tell it | – |
| S3 | more than 1000 keys in DeleteObjects | MalformedXML |
| S3 | writes with a KMS key that is not there, disabled, or pending deletion, named or the bucket's; reads alike (the bucket's setting takes any key) | KMS.NotFoundException, KMS.DisabledException, KMS.KMSInvalidStateException |
| S3 | writes and reads with a key of `deny_key` | AccessDenied 403 |
| DynamoDB | tags as above; a KMS key that is not there; a key without SSEType KMS; more than 25 writes in BatchWriteItem | ValidationException |
| DynamoDB | changes of a table that is not ACTIVE; reads of one that is CREATING | ResourceInUseException, ResourceNotFoundException |
| DynamoDB | encryption with the key that it has, with AWS's own by name, or without one where there is none; it is UPDATING once after a change; recovery of a table that is not ACTIVE | ValidationException, ContinuousBackupsUnavailableException |
| RDS | tags as above, `rds:` too; a KMS key that is not there | InvalidParameterValue, KMSKeyNotAccessibleFault |
| RDS | exports: names that are none, sources and buckets of other regions, roles that are no ARNs, prefixes with a slash before, keys that are AWS's own, not there or not enabled | InvalidParameterValue, InvalidS3BucketFault, IamRoleNotFound, KMSKeyNotAccessibleFault |
| RDS | changes of databases that are not available, or of members of clusters that are the cluster's; backups beyond 35 days; logs and signing in by IAM that an engine has not | InvalidDBInstanceState, InvalidDBClusterStateFault, InvalidParameterCombination, InvalidParameterValue |
| RDS | what is not asked for at once waits, but for what RDS makes at once; what is makes all of an instance that waits; a database is `modifying` once after a change | – |
| RDS | encrypted snapshots shared with everybody | InvalidParameterValue |
| EC2 | which key volumes get by default takes any key; sharing of snapshots blocked, `unblocked` as what to enable, or managed by a declarative policy | InvalidParameterValue, OperationNotPermitted |
| EC2 | `aws:` keys, keys longer than 127, values longer than 256 (all characters are allowed) | InvalidParameterValue |
| Glue, Kinesis, KMS, Redshift, SNS, SQS, S3 Control, tagging API | tags | InvalidInputException, InvalidArgumentException, TagException, InvalidTagFault, InvalidParameter, InvalidParameterValue, InvalidTag, InvalidParameterException |
| Kinesis | encryption with a key that is not there | KMSNotFoundException |
| Kinesis | more than five GetRecords of a shard within a second; more than 10,000 records | ProvisionedThroughputExceededException, InvalidArgumentException |
| Kinesis | ListShards with a token and a name; the name alone is in the token. Closed shards end | InvalidArgumentException |
| SQS | batches of none or more than 10, ids twice, longer than 1 MiB; visibility above 12 hours; characters that XML has not | AWS.SimpleQueueService.…, InvalidParameterValue, InvalidMessageContents |
| SNS | subjects above 100 characters, with line breaks or not ASCII; empty messages | InvalidParameter |
| EventBridge | more than 10 entries or 256 KiB; sources `aws.…`, each for itself | ValidationException, NotAuthorizedForSourceException |
| Security Hub | findings before it is enabled; more than 100; findings that are not whole, each for itself | InvalidAccessException, InvalidInputException, InvalidInput |
| RDS, EC2 | copies are encrypted with the key that is named, and what is made of them as well; keys without `Encrypted`, or not enabled; databases that are protected and volumes that are in use are not deleted; a device has one volume | InvalidParameterCombination, VolumeInUse, InvalidParameterValue |
| RDS | names that something has already; clusters restored with what their engine does not know, that have what was said and no more, and no instances; copies of snapshots that are not encrypted, with a key; clusters deleted with instances, or while protected; instances of clusters made with what is the cluster's | DBInstanceAlreadyExists, DBClusterAlreadyExistsFault, InvalidParameterCombination, InvalidDBClusterStateFault |
| CloudWatch Logs | exports into buckets whose policy does not let the logs of the region in; a second one while one runs | InvalidParameterException, LimitExceededException |
| S3, RDS | Object Lock without versions; names of snapshots that are none | InvalidBucketState, InvalidParameterValue |
| Glue | UpdateTable for another version than the table has | ConcurrentModificationException |
| Lake Formation | keys and values are kept in small letters; a key twice; changes of a key that is not there; one assigned that is not there, or a value that is not in its list, in an answer of success | InvalidInputException, EntityNotFoundException, `Failures` |
| Config | evaluations without a token, more than 100, or INSUFFICIENT_DATA | InvalidResultTokenException, ValidationException, InvalidParameterValueException |
| Macie | everything before EnableMacie; EnableMacie again | AccessDeniedException, ConflictException |
| Macie | custom identifiers beyond the limits, with groups or look-around; jobs of two kinds at once, with comparators that a key does not take, or with too much; more than 50 findings; times in seconds; filters without criteria; keys of another region | ValidationException |
| Macie | what the emulator has not is kept and told by `macieanswers`, in the shape of the models: identifiers, jobs, findings, filters, where results are kept, buckets | – |
| Redshift Serverless, DocumentDB elastic | what the emulator has not is told in the shape of the models; tags and clusters of ARNs that are not there | ResourceNotFoundException |
| Access Analyzer | what the emulator has not is told in the shape of the models; findings of an analyzer that is not there | ResourceNotFoundException |
| services that speak JSON | what the models say of values, lengths, numbers and patterns, and clients do not check | ValidationException, InvalidInputException, InvalidParameterValue |

| S3 | notifications to queues that are not there, or whose policy does not let S3 in | InvalidArgument |
| S3 | events: sequencers that grow, keys encoded in notifications and not in EventBridge, versions, reasons, names as AWS has them, delete markers; none of tags where an object is written; told once the call is through | – |
| EventBridge | rules that are disabled, and queues whose policy does not let the rule in, get nothing; the target's queue for dead letters, where its policy lets the rule in, gets what did not arrive | – |

What the emulator does not have at all is NotImplemented 501, not 404.

The emulator itself refuses these, and tests hold it to that: a missing or wrong LocationConstraint, archived objects' content
(InvalidObjectState), and tells what is not set by S3's un-modelled codes (NoSuchTagSet, NoSuchBucketPolicy …).

`recognised` finds service, operation and parameters by the service models; `answers` has the forms of refusals; `tags`, `s3`, `buckets`,
`kms`, `macie` (and `macieanswers`), `analyzer`, `elastic`, `rds`, `databases`, `volumes`, `replacements`, `clusters`, `evidence`, `kinesis`, `datacatalog`, `policies`, `modelled` and `limits` are the checks; `state` looks into the emulator; `injections`, `pages` and `log` are what their names say.
"""
