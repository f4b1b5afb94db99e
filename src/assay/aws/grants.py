"""Which IAM actions each operation needs, and on which resources, as the service authorization reference has them.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html

Most operations need the action of their own name; S3 has most of the exceptions. `*` is where an action takes no resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

ANY = "*"
Condition = tuple[str, str, str]
"""An operator, a key and a value: `StringEquals`, `iam:PassedToService`, `batchoperations.s3.amazonaws.com`."""


class Grant(NamedTuple):
    """What one operation needs: IAM actions, and the ARNs that they are on (`{}` parts as in `permissions.Scope`).

    `also` is what it needs beside, on other resources.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...] = (ANY,)
    condition: Condition | None = None
    also: tuple[Grant, ...] = ()


# Where IAM calls a service otherwise than botocore does.
PREFIXES: Mapping[str, str] = {
    "resourcegroupstaggingapi": "tag",
    "stepfunctions": "states",
    "docdb": "rds",
    "s3control": "s3",
    "dynamodbstreams": "dynamodb",
    "opensearch": "es",
    "accessanalyzer": "access-analyzer",
    "bedrock-runtime": "bedrock",
    "sagemaker-runtime": "sagemaker",
}


def prefix_of(service: str) -> str:
    """How IAM calls a service of botocore."""
    return PREFIXES.get(service, service)


def _own(service: str, operations: str, *resources: str) -> dict[str, Grant]:
    """Operations that need the action of their own name on these resources."""
    prefix = prefix_of(service)
    return {f"{service}.{name}": Grant((f"{prefix}:{name}",), resources or (ANY,)) for name in operations.split()}


def _as(service: str, named: str, *resources: str) -> dict[str, Grant]:
    """Operations that need actions of other names: `GetBucketCors=GetBucketCORS PutObject=PutObject+PutObjectTagging`."""
    prefix = prefix_of(service)
    made = {}
    for pair in named.split():
        name, _, actions = pair.partition("=")
        made[f"{service}.{name}"] = Grant(
            tuple(f"{prefix}:{action}" for action in actions.split("+")), resources or (ANY,)
        )
    return made


def _passing(service: str, name: str, to: str, *resources: str) -> dict[str, Grant]:
    """An operation that hands a role to a service."""
    role = Grant(("iam:PassRole",), ("{role}",), ("StringEquals", "iam:PassedToService", to))
    return {f"{service}.{name}": Grant((f"{prefix_of(service)}:{name}",), resources or (ANY,), also=(role,))}


def _exporting() -> dict[str, Grant]:
    """RDS goes on to use the key by a grant, which whoever starts an export makes.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ExportSnapshot.Setup.html
    """
    (name, grant), *_ = _passing("rds", "StartExportTask", "export.rds.amazonaws.com").items()
    key = Grant(("kms:CreateGrant", "kms:DescribeKey"), (_here("kms", "key/*"),))
    return {name: grant._replace(also=(*grant.also, key))}


def _here(service: str, resource: str) -> str:
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


_BUCKET = "arn:{partition}:s3:::{bucket}"
_OBJECT = "arn:{partition}:s3:::{bucket}/{prefix}*"
_TABLE = _here("dynamodb", "table/{table}")
_STREAM_OF_TABLE = f"{_TABLE}/stream/*"
_INDEX = f"{_TABLE}/index/*"
_QUEUE = _here("sqs", "{queue}")
_TOPIC = _here("sns", "*")
_RULE = _here("events", "rule/*")
_STREAM = _here("kinesis", "stream/*")
_KEY = _here("kms", "key/*")
_TRAIL = _here("cloudtrail", "trail/*")
_PLAN = _here("backup", "backup-plan:*")
_VAULT = _here("backup", "backup-vault:*")
_BACKUP_ROLE = "arn:{partition}:iam::{account}:role/assay-*"
_BACKUP_POLICIES = ("ArnLike", "iam:PolicyARN", "arn:aws*:iam::aws:policy/*AWSBackupServiceRolePolicyFor*")
_HUB = _here("securityhub", "hub/default")
_CATALOG = (_here("glue", "catalog"), _here("glue", "database/*"))
_TABLES_OF_CATALOG = (*_CATALOG, _here("glue", "table/*"))
_TAGGED_BY_EC2 = (_here("ec2", "volume/*"), "arn:{partition}:ec2:{region}::snapshot/*")
_INSTANCE = _here("ec2", "instance/*")
_LOGS = _here("logs", "log-group:*")
_ENCRYPTING = Grant(
    ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"), (_KEY,)
)
_ROLE_OF_MACIE = Grant(
    ("iam:CreateServiceLinkedRole",),
    ("arn:{partition}:iam::{account}:role/aws-service-role/macie.amazonaws.com/*",),
    ("StringEquals", "iam:AWSServiceName", "macie.amazonaws.com"),
)

_S3: Mapping[str, Grant] = {
    "s3.ListBuckets": Grant(("s3:ListAllMyBuckets",)),
    **_own("s3", "GetBucketLocation GetBucketTagging PutBucketTagging GetBucketAcl PutBucketAcl GetBucketPolicy PutBucketPolicy "
           "DeleteBucketPolicy GetBucketPolicyStatus GetBucketVersioning PutBucketVersioning GetBucketLogging PutBucketLogging "
           "GetBucketWebsite GetBucketOwnershipControls PutBucketOwnershipControls GetBucketRequestPayment CreateBucket GetBucketAbac "
        "PutBucketAbac DeleteBucket", _BUCKET),
    **_as("s3", "HeadBucket=ListBucket ListObjects=ListBucket ListObjectsV2=ListBucket ListObjectVersions=ListBucketVersions "
          "ListMultipartUploads=ListBucketMultipartUploads DeleteBucketTagging=PutBucketTagging "
          "DeleteBucketOwnershipControls=PutBucketOwnershipControls GetBucketCors=GetBucketCORS "
          "GetBucketEncryption=GetEncryptionConfiguration PutBucketEncryption=PutEncryptionConfiguration "
          "DeleteBucketEncryption=PutEncryptionConfiguration GetPublicAccessBlock=GetBucketPublicAccessBlock "
          "PutPublicAccessBlock=PutBucketPublicAccessBlock DeletePublicAccessBlock=PutBucketPublicAccessBlock "
          "GetBucketLifecycleConfiguration=GetLifecycleConfiguration DeleteBucketLifecycle=PutLifecycleConfiguration "
          "PutBucketLifecycleConfiguration=PutLifecycleConfiguration GetBucketReplication=GetReplicationConfiguration "
          "PutBucketReplication=PutReplicationConfiguration GetObjectLockConfiguration=GetBucketObjectLockConfiguration "
          "PutObjectLockConfiguration=PutBucketObjectLockConfiguration "
          "GetBucketNotificationConfiguration=GetBucketNotification PutBucketNotificationConfiguration=PutBucketNotification "
          "GetBucketInventoryConfiguration=GetInventoryConfiguration "
          "ListBucketInventoryConfigurations=GetInventoryConfiguration "
          "ListBucketMetricsConfigurations=GetMetricsConfiguration PutBucketMetricsConfiguration=PutMetricsConfiguration "
          "DeleteBucketMetricsConfiguration=PutMetricsConfiguration", _BUCKET),
    **_own("s3", "GetObjectAcl PutObjectAcl AbortMultipartUpload RestoreObject", _OBJECT),
    **_as("s3", "HeadObject=GetObject+GetObjectVersion GetObject=GetObject+GetObjectVersion SelectObjectContent=GetObject "
          "GetObjectAttributes=GetObject+GetObjectAttributes GetObjectTagging=GetObjectTagging+GetObjectVersionTagging "
          "PutObjectTagging=PutObjectTagging+PutObjectVersionTagging PutObject=PutObject CreateMultipartUpload=PutObject "
          "DeleteObjectTagging=DeleteObjectTagging+DeleteObjectVersionTagging UploadPart=PutObject "
          "CompleteMultipartUpload=PutObject ListParts=ListMultipartUploadParts "
          "DeleteObject=DeleteObject+DeleteObjectVersion DeleteObjects=DeleteObject+DeleteObjectVersion "
          "CopyObject=GetObject+GetObjectTagging+PutObject+PutObjectTagging", _OBJECT),
    **_own("s3control", "TagResource UntagResource ListTagsForResource", _BUCKET),
    **_as("s3control", "GetPublicAccessBlock=GetAccountPublicAccessBlock PutPublicAccessBlock=PutAccountPublicAccessBlock "
          "ListJobs=ListJobs"),
    **_own("s3control", "DescribeJob UpdateJobStatus", _here("s3", "job/*")),
    **_passing("s3control", "CreateJob", "batchoperations.s3.amazonaws.com"),
}  # fmt: skip

_DATA: Mapping[str, Grant] = {
    **_own("dynamodb", "ListTables ListExports ListBackups"),
    **_own("dynamodb", "DescribeTable GetItem PutItem UpdateItem DeleteItem BatchWriteItem BatchGetItem CreateTable UpdateTable "
           "DeleteTable ListTagsOfResource TagResource UntagResource DescribeTimeToLive UpdateTimeToLive "
           "DescribeContinuousBackups UpdateContinuousBackups ExportTableToPointInTime DescribeContributorInsights "
           "UpdateContributorInsights CreateBackup", _TABLE),
    **_own("dynamodb", "Scan Query", _TABLE, _INDEX),
    **_own("dynamodb", "DescribeExport", f"{_TABLE}/export/*"),
    **_own("dynamodbstreams", "ListStreams"),
    **_own("dynamodbstreams", "DescribeStream GetRecords GetShardIterator", _STREAM_OF_TABLE),
    **_own("rds", "DescribeDBInstances", _here("rds", "db:*")),
    **_passing("rds", "ModifyDBInstance", "monitoring.rds.amazonaws.com", _here("rds", "db:*")),
    **_own("rds", "DescribeDBClusters ModifyDBCluster", _here("rds", "cluster:*")),
    **_own("rds", "DescribeDBSnapshots", _here("rds", "db:*"), _here("rds", "snapshot:*")),
    **_own("rds", "DescribeDBClusterSnapshots", _here("rds", "cluster:*"), _here("rds", "cluster-snapshot:*")),
    **_own("rds", "ListTagsForResource AddTagsToResource RemoveTagsFromResource CreateDBSnapshot "
           "ModifyDBSnapshotAttribute DescribeDBSnapshotAttributes DescribeDBClusterSnapshotAttributes "
           "ModifyDBClusterSnapshotAttribute DescribeDBParameters ModifyDBParameterGroup "
           "CreateDBClusterSnapshot DeleteDBSnapshot DeleteDBInstance DeleteDBCluster DeleteDBClusterSnapshot", _here("rds", "*")),
    **_passing("rds", "AddRoleToDBCluster", "rds.amazonaws.com", _here("rds", "cluster:*")),
    "rds.CreateDBInstance": Grant(
        ("rds:CreateDBInstance", "rds:AddTagsToResource"),
        (_here("rds", "*"),),
        also=_passing("rds", "CreateDBInstance", "monitoring.rds.amazonaws.com")["rds.CreateDBInstance"].also,
    ),
    "rds.RestoreDBClusterFromSnapshot": Grant(
        ("rds:RestoreDBClusterFromSnapshot", "rds:AddTagsToResource"), (_here("rds", "*"),), also=(_ENCRYPTING,)
    ),
    "rds.RestoreDBInstanceFromDBSnapshot": Grant(
        ("rds:RestoreDBInstanceFromDBSnapshot", "rds:AddTagsToResource"), (_here("rds", "*"),), also=(_ENCRYPTING,)
    ),
    "rds.CopyDBSnapshot": Grant(("rds:CopyDBSnapshot", "rds:AddTagsToResource"), (_here("rds", "*"),), also=(_ENCRYPTING,)),
    # Neither takes a resource: a token says which execution is meant.
    **_own("stepfunctions", "SendTaskSuccess SendTaskFailure"),
    **_own("rds", "DescribeExportTasks CancelExportTask DescribeEvents"),
    **_exporting(),
    **_own("docdb", "DescribeDBClusters", _here("rds", "cluster:*")),
    **_own("docdb", "DescribeDBInstances", _here("rds", "db:*")),
    **_own("docdb", "ListTagsForResource", _here("rds", "*")),
    **_own("redshift", "DescribeClusters"),
    **_own("redshift", "GetClusterCredentials", _here("redshift", "dbuser:*"), _here("redshift", "dbname:*")),
    **_own("redshift-serverless", "GetWorkgroup GetCredentials", _here("redshift-serverless", "workgroup/*")),
    **_own("redshift-serverless", "ListWorkgroups ListNamespaces"),
    **_own("redshift-serverless", "ListTagsForResource", _here("redshift-serverless", "workgroup/*"),
           _here("redshift-serverless", "namespace/*")),
    **_own("docdb-elastic", "ListClusters"),
    **_own("docdb-elastic", "GetCluster ListTagsForResource", _here("docdb-elastic", "cluster/*")),
    **_own("redshift", "CreateTags DeleteTags DescribeTags", _here("redshift", "*")),
    **_own("ec2", "DescribeRegions DescribeSecurityGroups DescribeVolumes DescribeSnapshots DescribeInstances DescribeTags GetEbsEncryptionByDefault "
           "GetEbsDefaultKmsKeyId GetSnapshotBlockPublicAccessState EnableEbsEncryptionByDefault ModifyEbsDefaultKmsKeyId "
           "EnableSnapshotBlockPublicAccess DescribeSnapshotAttribute DisableEbsEncryptionByDefault ResetEbsDefaultKmsKeyId "
           "DisableSnapshotBlockPublicAccess"),
    **_own("ec2", "CreateTags DeleteTags", *_TAGGED_BY_EC2),
    **_own("ec2", "StopInstances StartInstances ModifyInstanceAttribute", _INSTANCE),
    **_own("ec2", "DetachVolume", _INSTANCE, _here("ec2", "volume/*")),
    "ec2.AttachVolume": Grant(("ec2:AttachVolume",), (_INSTANCE, _here("ec2", "volume/*")), also=(_ENCRYPTING,)),
    **_own("ec2", "DeleteVolume", _here("ec2", "volume/*")),
    **_own("ec2", "DeleteSnapshot ModifySnapshotAttribute", _TAGGED_BY_EC2[1]),
    **{
        f"ec2.{name}": Grant((f"ec2:{name}", "ec2:CreateTags"), _TAGGED_BY_EC2, also=() if name == "CreateSnapshot" else (_ENCRYPTING,))
        for name in ("CreateSnapshot", "CopySnapshot", "CreateVolume")
    },
    **_own("ebs", "ListSnapshotBlocks GetSnapshotBlock", _TAGGED_BY_EC2[1]),
    **_own("glue", "GetDatabases GetDatabase UpdateDatabase", *_CATALOG),
    **_own("glue", "GetCrawler", _here("glue", "crawler/*")),
    **_own("glue", "GetJob GetJobRuns", _here("glue", "job/*")),
    **_own("glue", "GetTables GetTable UpdateTable GetPartitions GetPartition GetTableVersions GetTags TagResource UntagResource "
           "SearchTables", *_TABLES_OF_CATALOG),
    **_own("lakeformation", "GetLFTag ListLFTags CreateLFTag UpdateLFTag AddLFTagsToResource "
           "RemoveLFTagsFromResource GetResourceLFTags"),
    **_own("kinesis", "ListStreams"),
    **_own("kinesis", "DescribeStream DescribeStreamSummary ListShards GetShardIterator GetRecords PutRecord PutRecords "
           "ListTagsForStream AddTagsToStream RemoveTagsFromStream", _STREAM),
    **_own("opensearch", "ListDomainNames"),
    **_own("opensearch", "DescribeDomain DescribeDomains ListTags AddTags RemoveTags", _here("es", "domain/*")),
    **_own("secretsmanager", "GetSecretValue DescribeSecret", _here("secretsmanager", "secret:{secret}")),
}  # fmt: skip

_MESSAGES: Mapping[str, Grant] = {
    **_own("sqs", "ListQueues"),
    **_own("sqs", "CreateQueue DeleteQueue GetQueueUrl GetQueueAttributes SetQueueAttributes ReceiveMessage SendMessage "
           "DeleteMessage ChangeMessageVisibility ListDeadLetterSourceQueues ListQueueTags TagQueue UntagQueue PurgeQueue", _QUEUE),
    **_as("sqs", "SendMessageBatch=SendMessage DeleteMessageBatch=DeleteMessage "
          "ChangeMessageVisibilityBatch=ChangeMessageVisibility", _QUEUE),
    **_own("sns", "ListTopics"),
    **_own("sns", "Publish GetTopicAttributes CreateTopic Subscribe ListTagsForResource TagResource UntagResource", _TOPIC),
    **_as("sns", "PublishBatch=Publish", _TOPIC),
    **_own("events", "ListRules ListEventBuses"),
    **_own("events", "PutEvents DescribeEventBus", _here("events", "event-bus/*")),
    **_own("events", "PutRule DeleteRule DescribeRule EnableRule DisableRule PutTargets RemoveTargets ListTargetsByRule", _RULE),
    **_own("logs", "CreateExportTask", _LOGS),
    **_own("logs", "DescribeExportTasks"),
    **_own("logs", "CreateLogGroup CreateLogStream DescribeLogStreams PutRetentionPolicy", _LOGS),
    **_own("logs", "DescribeLogGroups", _here("logs", "*")),
    **_own("logs", "PutLogEvents GetLogEvents", f"{_LOGS}:log-stream:*"),
    **_own("cloudwatch", "PutMetricData GetMetricData GetMetricStatistics ListMetrics"),
    **_own("cloudformation", "DescribeStacks CreateChangeSet DescribeChangeSet ExecuteChangeSet DeleteChangeSet DescribeStackEvents",
           _here("cloudformation", "stack/assay-*/*")),
    **_own("lambda", "ListFunctions ListEventSourceMappings CreateEventSourceMapping"),
    **_own("lambda", "GetFunction GetPolicy AddPermission RemovePermission", _here("lambda", "function:*")),
}  # fmt: skip

_SECURITY: Mapping[str, Grant] = {
    "sts.GetCallerIdentity": Grant(()),  # allowed to everybody, whatever policies say
    **_own("sts", "AssumeRole", "{role}"),
    **_own("organizations", "ListAccounts DescribeOrganization ListAccountsForParent"),
    **_own("accessanalyzer", "ListAnalyzers", _here("access-analyzer", "*")),
    **_own("accessanalyzer", "ListFindings", _here("access-analyzer", "analyzer/*")),
    **_own("kms", "ListKeys ListAliases"),
    **_own("kms", "DescribeKey GetKeyPolicy ListGrants PutKeyPolicy GetKeyRotationStatus EnableKeyRotation DisableKeyRotation ListResourceTags TagResource "
           "UntagResource Decrypt GenerateDataKey", _KEY),
    "kms.CreateKey": Grant(("kms:CreateKey",), also=(Grant(("kms:TagResource",), (_KEY,)),)),
    **_own("kms", "CreateAlias", _KEY, _here("kms", "alias/*")),
    **_own("resourcegroupstaggingapi", "GetResources GetTagKeys GetTagValues TagResources UntagResources"),
    **_own("macie2", "GetMacieSession UpdateMacieSession DisableMacie ListManagedDataIdentifiers DescribeBuckets GetUsageStatistics GetUsageTotals "
           "GetBucketStatistics ListFindings GetFindings GetFindingStatistics CreateSampleFindings ListClassificationJobs "
           "ListCustomDataIdentifiers ListFindingsFilters ListAllowLists TestCustomDataIdentifier "
           "BatchGetCustomDataIdentifiers GetClassificationExportConfiguration PutClassificationExportConfiguration"),
    "macie2.EnableMacie": Grant(("macie2:EnableMacie",), also=(_ROLE_OF_MACIE,)),
    **_own("macie2", "CreateClassificationJob DescribeClassificationJob UpdateClassificationJob",
           _here("macie2", "classification-job/*")),
    **_own("macie2", "CreateCustomDataIdentifier GetCustomDataIdentifier DeleteCustomDataIdentifier",
           _here("macie2", "custom-data-identifier/*")),
    **_own("macie2", "CreateFindingsFilter GetFindingsFilter UpdateFindingsFilter DeleteFindingsFilter",
           _here("macie2", "findings-filter/*")),
    **_own("securityhub", "BatchImportFindings", _here("securityhub", "product/*")),
    **_own("securityhub", "GetFindings BatchUpdateFindings DescribeHub EnableSecurityHub GetEnabledStandards", _HUB),
    **_own("cloudtrail", "DescribeTrails ListTrails LookupEvents"),
    **_own("cloudtrail", "GetTrail GetTrailStatus GetEventSelectors PutEventSelectors ListTags AddTags CreateTrail StartLogging", _TRAIL),
    **_own("cloudfront", "ListDistributions"),
    **_own("cloudwatch", "DescribeAlarms PutMetricAlarm DeleteAlarms", _here("cloudwatch", "alarm:*")),
    **_own("iam", "GetRolePolicy ListRolePolicies PutRolePolicy DeleteRolePolicy", "arn:{partition}:iam::{account}:role/*"),
    **_own("iam", "GetUserPolicy ListUserPolicies PutUserPolicy DeleteUserPolicy", "arn:{partition}:iam::{account}:user/*"),
    **_own("config", "PutEvaluations DescribeConfigRules"),
    **_own("iam", "GetRole ListAttachedRolePolicies CreateRole", _BACKUP_ROLE),
    # Without the condition whoever applies plans could give the role any right.
    "iam.AttachRolePolicy": Grant(("iam:AttachRolePolicy",), (_BACKUP_ROLE,), _BACKUP_POLICIES),
    **_own("backup", "ListProtectedResources ListBackupPlans ListBackupVaults DescribeRegionSettings DescribeRestoreJob "
           "ListRecoveryPointsByResource"),
    **_own("backup", "CreateBackupPlan GetBackupPlan UpdateBackupPlan ListBackupSelections GetBackupSelection "
           "DeleteBackupSelection", _PLAN),
    **_passing("backup", "CreateBackupSelection", "backup.amazonaws.com", _PLAN),
    **_own("backup", "CreateBackupVault DescribeBackupVault ListRecoveryPointsByBackupVault", _VAULT),
    **_passing("backup", "StartRestoreJob", "backup.amazonaws.com", _here("backup", "recovery-point:*")),
    **_passing("backup", "StartBackupJob", "backup.amazonaws.com", _VAULT),
    **_own("comprehend", "DetectPiiEntities ContainsPiiEntities DetectEntities"),
    # Converse asks for the actions of InvokeModel: https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html
    **_as("bedrock-runtime", "ConverseStream=InvokeModelWithResponseStream"),
    **_own("sagemaker-runtime", "InvokeEndpoint", _here("sagemaker", "endpoint/*")),
    **_own("textract", "DetectDocumentText AnalyzeDocument"),
}  # fmt: skip

GRANTS: Mapping[str, Grant] = {**_S3, **_DATA, **_MESSAGES, **_SECURITY}
"""Every operation whose resources were looked up."""
