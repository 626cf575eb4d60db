"""The things that calls answer with, by name, and the words before all calls."""

from hub.http.schema.operation import (
    MOMENT,
    NUMBER,
    OBJECT,
    TEXT,
    TRUTH,
    Schema,
    maybe,
    one_of,
    record,
    ref,
    rows,
    some_of,
)

DESCRIPTION = """\
Everything the hub does for programs. The addresses and names are those that `huggingface_hub` calls, so that
existing tools work with `HF_ENDPOINT` set to this hub; datasets answer like models, under `datasets`.

- **Who you are**: `Authorization: Bearer <access token>`, from Settings → Tokens. Public things need none.
- **Missing or hidden**: what you may not see answers as what is not there, 404 (401 without a token).
- **Refusals** are JSON with `error`, and `field` where one part of the request is wrong; the headers
  `X-Error-Code` and `X-Error-Message` say the same to programs.
- **Every answer** has `X-Request-Id`: name it when you ask about one.
- **Limits**: `RateLimit` and `RateLimit-Policy` say how many requests are left; 429 has `Retry-After`.
- **Lists** come in pages: the header `Link` leads to the next one.
- **Revisions** and folders are one segment of an address each: write a slash in a branch's name as `%2F`.
"""
SHA1 = {"type": "string", "pattern": "^[0-9a-f]{40}$"}
SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
NUMBER_OR_PART = {"type": "number"}
LFS = record(oid=SHA256, size=NUMBER, pointerSize=NUMBER)
REFS = rows(record(name=TEXT, ref=TEXT, targetCommit=SHA1))
SCAN_STATUS = one_of("unscanned", "safe", "queued", "error", "suspicious", "unsafe")
SCAN_PART = {
    "status": SCAN_STATUS,
    "message": maybe(TEXT),
    "reportLink": maybe(TEXT),
    "reportLabel": maybe(TEXT),
    "version": maybe(TEXT),
}
IMPORT = record(module=TEXT, name=TEXT, safety=one_of("innocuous", "suspicious", "dangerous"))
SECURITY = record(
    status=SCAN_STATUS,
    avScan=record(**SCAN_PART),
    pickleImportScan=record(**SCAN_PART, pickleImports=rows(IMPORT)),
    protectAiScan=record(**SCAN_PART),
    jFrogScan=record(**SCAN_PART),
    virusTotalScan=record(**SCAN_PART),
    findings=rows(record(scanner=TEXT, rule=TEXT, message=TEXT, where=TEXT, severity=TEXT))
    | {"description": "What the scanners found, the worst first; at most 20."},
)
REPOSITORY_KIND = one_of("model", "dataset")
COUNTS = {
    "numModels": NUMBER,
    "numDatasets": NUMBER,
    "numSpaces": NUMBER,
    "numPapers": NUMBER,
    "numFollowers": NUMBER,
    "createdAt": MOMENT,
    "isFollowing": TRUTH,
}
PERSON = {
    "type": one_of("user"),
    "user": TEXT,
    "fullname": TEXT,
    "avatarUrl": TEXT,
    "details": TEXT,
    "isPro": TRUTH,
}
ORGANISATION = {
    "type": one_of("org"),
    "name": TEXT,
    "fullname": TEXT,
    "avatarUrl": TEXT,
    "details": TEXT,
    "isVerified": TRUTH,
}
AUTHOR = record("fullname", name=TEXT, fullname=TEXT)
THREAD = {
    "title": TEXT,
    "num": NUMBER,
    "createdAt": MOMENT,
    "status": one_of("draft", "open", "closed", "merged"),
    "repo": record(name=TEXT, type=REPOSITORY_KIND),
    "isPullRequest": TRUTH,
    "pinned": TRUTH,
    "locked": TRUTH,
    "author": AUTHOR,
}
EVIDENCE = record(path=TEXT, field=TEXT, line=NUMBER, ancestor=TEXT, licence=TEXT, clause=TEXT)
FROM_LICENCE = {"key": TEXT, "ancestor": TEXT, "depth": NUMBER}
SAID = {"kind": TEXT, "text": TEXT, "message": TEXT, **FROM_LICENCE}
GRANTED = record(entity=record(_id=TEXT, type=TEXT, name=TEXT), permissions=rows(TEXT))

COMPONENTS: dict[str, Schema] = {
    "Error": {
        "type": "object",
        "properties": {
            "error": {"type": "string", "description": "What went wrong, in words."},
            "field": {"type": "string", "description": "Which part of the request is wrong."},
        },
        "required": ["error"],
    },
    "OAuthError": record("error_description", error=TEXT, error_description=TEXT),
    "Conflict": {
        "type": "object",
        "properties": {
            "error": TEXT,
            "url": {"type": "string", "description": "What is there already."},
        },
        "required": ["error"],
    },
    "WhoAmI": record(
        type=one_of("user"),
        id=TEXT,
        name=TEXT,
        fullname=TEXT,
        email=TEXT,
        isPro=TRUTH,
        canPay=TRUTH,
        orgs=rows(record(type=TEXT, id=TEXT, name=TEXT, fullname=TEXT, roleInOrg=TEXT)),
        auth=record(
            type=one_of("access_token", "session"),
            accessToken=maybe(
                record(
                    "fineGrained",
                    displayName=TEXT,
                    role=one_of("read", "write", "fineGrained"),
                    createdAt=MOMENT,
                    expiresAt=maybe(MOMENT),
                    fineGrained=record(
                        **{"canReadGatedRepos": TRUTH, "global": rows(TEXT), "scoped": rows(GRANTED)}
                    ),
                )
            ),
        ),
    ),
    "RepositoryAddress": record("filesCopyPending", url=TEXT, name=TEXT, id=TEXT, filesCopyPending=TRUTH),
    "Sibling": record(
        "size",
        "blobId",
        "lfs",
        "xetHash",
        rfilename=TEXT,
        size=NUMBER,
        blobId=SHA1,
        xetHash=SHA256,
        lfs=record(sha256=SHA256, size=NUMBER, pointerSize=NUMBER),
    ),
    "Repository": some_of(
        "_id",
        "id",
        **{
            "_id": TEXT,
            "id": TEXT,
            "modelId": TEXT,
            "author": TEXT,
            "sha": TEXT,
            "lastModified": MOMENT,
            "createdAt": MOMENT,
            "private": TRUTH,
            "gated": one_of("auto", "manual", False),
            "disabled": TRUTH,
            "downloads": NUMBER | {"description": "Pulls in the last 30 days."},
            "downloadsAllTime": NUMBER,
            "likes": NUMBER,
            "trendingScore": NUMBER_OR_PART,
            "tags": rows(TEXT),
            "library_name": maybe(TEXT),
            "pipeline_tag": maybe(TEXT),
            "cardData": OBJECT | {"description": "The front matter of the card."},
            "siblings": maybe(rows(ref("Sibling"))),
            "usedStorage": NUMBER,
            "resourceGroup": maybe(OBJECT),
            "baseModels": maybe(OBJECT),
            "childrenModelCount": NUMBER,
            "config": maybe(OBJECT),
            "evalResults": rows(OBJECT),
            "gguf": maybe(OBJECT),
            "inference": maybe(TEXT),
            "inferenceProviderMapping": rows(OBJECT),
            "mask_token": maybe(TEXT),
            "model-index": {},
            "safetensors": maybe(OBJECT),
            "spaces": rows(TEXT),
            "transformersInfo": maybe(OBJECT),
            "widgetData": {},
            "citation": maybe(TEXT),
            "description": maybe(TEXT),
            "mainSize": maybe(NUMBER),
            "paperswithcode_id": maybe(TEXT),
            "licenceCheck": ref("LicenceCheck"),
            "securityRepoStatus": record(
                scansDone=TRUTH, filesWithIssues=rows(record(path=TEXT, level=SCAN_STATUS))
            ),
        },
    ),
    "LicenceCheck": record(
        "verdict", "declared", "findings", state=TEXT, verdict=TEXT, declared=TEXT, findings=rows(OBJECT)
    ),
    "LicenceReport": some_of(
        *("id", "type", "revision", "state", "rules"),
        id=TEXT,
        type=REPOSITORY_KIND,
        revision=SHA1,
        state=one_of("done", "queued", "withheld"),
        rules=TEXT | {"description": "The version of the rules; with another one, findings may differ."},
        verdict=one_of("known", "unknown", "missing", "invalid"),
        declared=record(
            written=TEXT,
            alternatives=rows(rows(TEXT)),
            unknown=rows(TEXT),
            family=TEXT,
            name=TEXT,
            link=TEXT,
        ),
        files=rows(
            record(
                path=TEXT,
                role=one_of("licence", "policy", "notice"),
                scope=one_of("", "weights", "code", "data", "docs", "part"),
                found=rows(record(key=TEXT, how=TEXT, similarity=NUMBER_OR_PART)),
            )
        ),
        bases=rows(
            record(name=TEXT, relation=TEXT, path=TEXT, field=TEXT, line=NUMBER, seen=TRUTH, keys=rows(TEXT))
        ),
        datasets=rows(record(name=TEXT, seen=TRUTH, keys=rows(TEXT))),
        inherited=rows(record(**FROM_LICENCE)),
        terms={
            "type": "object",
            "additionalProperties": record(
                answer=TEXT,
                message=TEXT,
                conditions=rows(record(**SAID, limit=NUMBER)),
                sources=rows(record(**FROM_LICENCE, answer=TEXT)),
            ),
        },
        duties=rows(record(**SAID, clause=TEXT)),
        findings=rows(
            record(
                *("state", "reason", "first_seen"),
                id=TEXT,
                key=TEXT,
                severity=one_of("info", "warning", "conflict"),
                title=TEXT,
                message=TEXT,
                mend=TEXT,
                evidence=rows(EVIDENCE),
                patch=maybe(OBJECT),
                state=one_of("open", "disputed", "waived"),
                reason=TEXT,
                first_seen=MOMENT,
            )
        ),
    ),
    "LicencesChecked": record(
        **{
            "pass": TRUTH,
            "results": rows(
                record(
                    **{
                        "id": TEXT,
                        "type": REPOSITORY_KIND,
                        "revision": maybe(TEXT),
                        "pass": TRUTH,
                        "reasons": rows(
                            record(
                                *("licence", "ancestor", "finding"),
                                code=one_of(
                                    *("not_found", "revision_not_found", "withheld", "not_checked_yet"),
                                    *("commercial", "derivatives", "licence_text", "conflict"),
                                    *("unknown", "not_allowed", "denied"),
                                ),
                                message=TEXT,
                                licence=TEXT,
                                ancestor=TEXT,
                                finding=TEXT,
                            )
                        ),
                    }
                )
            ),
        }
    ),
    "TreeEntry": some_of(
        "type",
        "path",
        "oid",
        "size",
        type=one_of("file", "directory"),
        path=TEXT,
        oid=SHA1,
        size=NUMBER,
        xetHash=SHA256,
        lfs=LFS,
        securityFileStatus=SECURITY,
        lastCommit=record(id=SHA1, title=TEXT, date=MOMENT),
    ),
    "Commit": record(
        "formatted",
        id=SHA1,
        title=TEXT,
        message=TEXT,
        authors=rows(record(user=TEXT)),
        date=MOMENT,
        formatted=record(title=TEXT, message=TEXT),
    ),
    "Refs": record("pullRequests", branches=REFS, tags=REFS, converts=REFS, pullRequests=REFS),
    "CommitLanded": record(
        "pullRequestUrl", success=TRUTH, commitOid=SHA1, commitUrl=TEXT, hookOutput=TEXT, pullRequestUrl=TEXT
    ),
    "LargeFile": record(
        "pusher",
        fileOid=SHA256,
        oid=SHA256,
        filename=TEXT,
        size=NUMBER,
        pushedAt=MOMENT,
        pusher=record(name=TEXT),
    ),
    "Person": some_of(*PERSON, **PERSON, role=TEXT),
    "User": some_of(
        *PERSON,
        **PERSON,
        **COUNTS,
        numLikes=NUMBER,
        numFollowing=NUMBER,
        orgs=rows(record(**ORGANISATION)),
    ),
    "Organisation": some_of(*ORGANISATION, **ORGANISATION, **COUNTS, numUsers=NUMBER),
    "Like": record(createdAt=MOMENT, repo=record(name=TEXT, type=REPOSITORY_KIND)),
    "StoredRepository": record(
        id=TEXT,
        type=REPOSITORY_KIND,
        updatedAt=MOMENT,
        visibility=TEXT,
        storage=NUMBER,
        storagePercent=NUMBER_OR_PART,
    ),
    "CollectionItem": some_of(
        "_id",
        "id",
        "type",
        "position",
        _id=TEXT,
        id=TEXT,
        type=one_of("model", "dataset", "collection"),
        position=NUMBER,
        note=record(text=TEXT),
        slug=TEXT,
        title=TEXT,
        author=TEXT,
        private=TRUTH,
        downloads=NUMBER,
        likes=NUMBER,
        lastModified=MOMENT,
    ),
    "Collection": record(
        "position",
        slug=TEXT,
        title=TEXT,
        description=TEXT,
        owner=TEXT,
        url=TEXT,
        items=rows(ref("CollectionItem")),
        lastUpdated=MOMENT,
        private=TRUTH,
        theme=TEXT,
        upvotes=NUMBER,
        position=NUMBER,
    ),
    "Discussion": record("author", **THREAD),
    "Thread": record(
        *("author", "changes", "filesWithConflicts", "diff"),
        **THREAD,
        events=rows(ref("DiscussionEvent")),
        changes=record("mergeCommitId", base=TEXT, mergeCommitId=SHA1),
        filesWithConflicts=rows(TEXT),
        diff=TEXT,
    ),
    "DiscussionEvent": record(
        "author",
        id=TEXT,
        type=one_of(
            *("comment", "status-change", "title-change", "commit"),
            *("review", "locking-change", "pinning-change"),
        ),
        createdAt=MOMENT,
        author=AUTHOR,
        data=OBJECT,
    ),
}
