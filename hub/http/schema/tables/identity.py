"""Who the caller is, and how a device logs in."""

from hub.http.schema.operation import EMPTY, NUMBER, OBJECT, TEXT, Operation, one_of, record, ref, rows, takes

TAG = "Identity"
FORM = "application/x-www-form-urlencoded"

TABLE = {
    "identity.WhoAmI.get": Operation(TAG, "Who am I?", {200: ref("WhoAmI")}),
    "identity.AuthCheck.get": Operation(TAG, "May I?", {200: EMPTY}),
    "identity.AgentHarnesses.get": Operation(
        TAG, "Known tools", {200: record(standardEnvVars=rows(OBJECT), harnesses=OBJECT)}
    ),
    "oauth.DeviceAuthorization.post": Operation(
        TAG,
        "Begin to log in a device",
        {
            200: record(
                device_code=TEXT,
                user_code=TEXT,
                verification_uri=TEXT,
                verification_uri_complete=TEXT,
                expires_in=NUMBER,
                interval=NUMBER,
            ),
            400: ref("OAuthError"),
            429: ref("OAuthError"),
        },
        body=takes("client_id", client_id=TEXT),
        media=FORM,
    ),
    "oauth.Token.post": Operation(
        TAG,
        "A device's token",
        {
            200: record(
                access_token=TEXT, token_type=one_of("bearer"), expires_in=NUMBER, refresh_token=TEXT
            ),
            400: ref("OAuthError"),
        },
        body=takes(
            "grant_type",
            "client_id",
            grant_type=one_of("urn:ietf:params:oauth:grant-type:device_code", "refresh_token"),
            client_id=TEXT,
            device_code=TEXT,
            refresh_token=TEXT,
        ),
        media=FORM,
    ),
}
