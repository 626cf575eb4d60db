"""Licences: what one commit says, and whether many repositories meet what somebody requires."""

from hub.http.schema.operation import (
    TEXT,
    TRUTH,
    Operation,
    Parameter,
    one_of,
    record,
    ref,
    rows,
    takes,
)

TAG = "Licences"
KIND = one_of("model", "dataset")
LICENCES = rows(TEXT) | {"description": "Ids, SPDX ids or names of licences."}

TABLE = {
    "licences.Licence.get": Operation(TAG, "What is known of its licence", {200: ref("LicenceReport")}),
    "licences.LicencesCheck.post": Operation(
        TAG,
        "Check the licences of many",
        {200: ref("LicencesChecked"), 422: ref("LicencesChecked")},
        query=(Parameter("fail", "true: answer 422 unless all pass.", one_of("true")),),
        body=takes(
            "repos",
            "require",
            repos=rows(takes("id", id=TEXT, type=KIND, revision=TEXT)) | {"minItems": 1, "maxItems": 200},
            require=record(
                *("commercial", "derivatives", "licence_text", "no_conflict", "no_unknown", "allow", "deny"),
                commercial=one_of(True, False, "unconditional")
                | {"description": "true: with conditions or without; unconditional: without."},
                derivatives=TRUTH | {"description": "Changed versions may be shared."},
                licence_text=TRUTH | {"description": "The text of a licence is among the files."},
                no_conflict=TRUTH | {"description": "No contradiction is open or disputed."},
                no_unknown=TRUTH | {"description": "Every licence that binds is known and was read."},
                allow=LICENCES,
                deny=LICENCES,
            ),
        ),
    ),
}
