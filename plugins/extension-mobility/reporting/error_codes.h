/* The error codes of Extension Mobility, in one list: EMApp (201 to 216, made by the phone pages)
 * and EMService (0 to 47, made by the service, here or in the home cluster). Each carries the text
 * the phone shows and its cause. Pure. */
#ifndef EM_ERROR_CODES_H
#define EM_ERROR_CODES_H

#include <stdbool.h>

#define EM_LOG_IN_OUT(n) "Login is unavailable(" #n ")", "Logout is unavailable(" #n ")"
#define EM_APP_IN_OUT(n) "Login is unavailable (" #n ")", "Logout is unavailable (" #n ")"
#define EM_SAME(text) text, text

/* X(symbol, number, text for a login, text for a logout, short name, cause) */
/* clang-format off */
#define EM_CODE_MAP(X) \
    X(UNKNOWN_ERROR, 0, EM_LOG_IN_OUT(0), "Unknown Error", "a defect in this program") \
    X(PARSING, 1, EM_LOG_IN_OUT(1), "Error on parsing", "a request or answer could not be read; typical of two versions that do not fit") \
    X(EMCC_AUTHENTICATION, 2, EM_SAME("Login is unavailable(2)"), "EMCC Authentication Error", "the PIN of the remote user is wrong") \
    X(INVALID_APPLICATION_USER, 3, EM_LOG_IN_OUT(3), "Invalid App User", "the application user is unknown or not authenticated") \
    X(POLICY_VALIDATION, 4, EM_LOG_IN_OUT(4), "Policy Validation error", "a policy does not permit the request") \
    X(LOGOUT_DISABLED, 5, EM_LOG_IN_OUT(5), "Dev. logon disabled", "Extension Mobility is not enabled on the phone") \
    X(DATABASE, 6, EM_LOG_IN_OUT(6), "Database Error", "the store failed") \
    X(LOGOUT_REQUEST, 7, EM_LOG_IN_OUT(7), "Logout Request Error", "the automatic logout could not be set") \
    X(QUERY_TYPE, 8, EM_LOG_IN_OUT(8), "Query type undetermined", "the query holds no valid element") \
    X(USER_INFORMATION, 9, EM_LOG_IN_OUT(9), "Dir. User Info Error", "the user's record could not be read") \
    X(NO_PROXY_RIGHTS, 10, EM_LOG_IN_OUT(10), "User lacks app proxy rights", "the application user may not act for others") \
    X(NO_DEVICE, 11, EM_LOG_IN_OUT(11), "Device Does not exist", "no such phone in this cluster") \
    X(NO_DEVICE_PROFILE, 12, EM_LOG_IN_OUT(12), "Dev. Profile not found", "no such device profile, or none is associated with the user") \
    X(ANOTHER_USER, 18, EM_SAME("Login is unavailable(18)"), "Another user logged in", "the phone is occupied") \
    X(NO_USER_LOGGED_IN, 19, EM_SAME("Logout is unavailable(19)"), "No user logged in", "there is no session on the phone") \
    X(HOTELING_FLAG, 20, EM_LOG_IN_OUT(20), "Hoteling flag error", "whether Extension Mobility is enabled on the phone could not be read") \
    X(HOTELING_STATUS, 21, EM_LOG_IN_OUT(21), "Hoteling Status error", "who is logged in on the phone could not be read") \
    X(LOGIN_DISABLED, 22, EM_SAME("Login is unavailable(22)"), "Dev. logon disabled", "Extension Mobility is not enabled on the phone") \
    X(NO_USER, 23, EM_LOG_IN_OUT(23), "User does not exist", "the id is known neither here nor in any remote cluster") \
    X(LOGGED_IN_ELSEWHERE, 25, EM_SAME("Multi-Login Not Allowed (25)"), "User logged in elsewhere", "the user is logged in on another phone") \
    X(BUSY, 26, EM_LOG_IN_OUT(26), "Busy, please try again", "Maximum Concurrent Requests is reached, or the login took too long") \
    X(CHANGE_PASSWORD, 27, EM_LOG_IN_OUT(27), "Change Password", "the password must be changed or has expired") \
    X(UNTRUSTED_ADDRESS, 28, EM_LOG_IN_OUT(28), "Untrusted IP Error", "the requester's address is neither cached, nor trusted, nor that of a registered phone; of a logout: not that of the phone") \
    X(REGISTRATIONS_DOWN, 29, EM_LOG_IN_OUT(29), "ris down-contact admin", "the registered phones cannot be asked for: Cisco CallManager does not answer") \
    X(PROXY, 30, EM_LOG_IN_OUT(30), "Proxy not allowed", "the request came through a web proxy, which is not allowed") \
    X(USER_NOT_ENABLED, 31, EM_LOG_IN_OUT(31), "EMCC Not Activated for the user", "Extension Mobility Cross Cluster is not enabled for the user") \
    X(MODEL, 32, EM_LOG_IN_OUT(32), "Device does not support EMCC", "the model does not support EMCC") \
    X(NO_BASE_DEVICE, 33, EM_LOG_IN_OUT(33), "No free EMCC dummy device", "all EMCC base devices are in use") \
    X(VISITING_CLUSTER_UNKNOWN, 35, EM_LOG_IN_OUT(35), "Visiting Cluster Information is not present in Home Cluster", "the home cluster has no remote cluster record for the visiting one") \
    X(NO_REMOTE_CLUSTER, 36, EM_LOG_IN_OUT(36), "No Remote Cluster", "no remote cluster with EMCC is configured") \
    X(DUPLICATE_DEVICE, 37, EM_LOG_IN_OUT(37), "Duplicate Device Name", "the home cluster has a device of the same name") \
    X(EMCC_NOT_ALLOWED, 38, EM_LOG_IN_OUT(38), "EMCC Not Allowed", "the home cluster does not permit EMCC") \
    X(CONFIGURATION, 39, EM_SAME("Please try to login again (201)"), "Configuration Issue", "Default TFTP Server for EMCC Login Device is not set properly in the home cluster, Cisco TFTP is active there or in the visiting cluster on no node, or Cisco CallManager is not active in the home cluster") \
    X(NO_RESPONSE, 40, EM_SAME("Please try to login again (23)"), "No Response from Remote Host", "no remote cluster answered in time") \
    X(PIN_CHANGE, 41, EM_SAME("PIN change is required"), "PIN change is required", "the user must change the PIN before the next login") \
    X(REMOTE_CLUSTER_ID, 42, EM_LOG_IN_OUT(42), "Invalid ClusterID", "the remote cluster's id is not the one configured") \
    X(SECURITY_PROFILE, 43, EM_SAME("Login is unavailable(43)"), "Device Security mode error", "the security profile of the EMCC device must be non-secure") \
    X(CLUSTER_ID, 44, EM_SAME("Please try to login again (201)"), "Cluster ID not valid", "the sender's cluster id does not fit its certificate, or is still the factory value") \
    X(REMOTE_VERSION, 45, EM_SAME("Login is unsuccessful(45)"), "Remote Cluster version not supported", "the home cluster's version does not support secure EMCC") \
    X(REMOTE_SECURITY_MODE, 46, EM_SAME("Login is unsuccessful(46)"), "Remote Cluster security mode not supported", "the phone is secure and the home cluster is not in mixed mode") \
    X(EXTENSION_SHARED_HOME, 47, EM_SAME("DN has multiple users(47)"), "DN has multiple users", "the extension is the primary one of several users of the home cluster") \
    X(AUTHENTICATION, 201, EM_SAME("Please try to login again (201)"), "Authentication Error", "user id or PIN is wrong") \
    X(BLANK, 202, EM_SAME("Please try to login again (202)"), "Blank userid or pin", "user id or PIN is empty") \
    X(DIRECTORY, 204, EM_SAME("Login is unavailable (204)"), "Directory server error", "the PIN could not be checked") \
    X(NO_PROFILE, 205, EM_APP_IN_OUT(205), "User Profile Absent", "no device profile is associated with the user") \
    X(DEVICE_NAME_EMPTY, 207, EM_APP_IN_OUT(207), "Device Name Empty", "the request names no device") \
    X(CONNECTION, 208, EM_APP_IN_OUT(208), "EMService Connection Error", "the home cluster cannot be reached or is not trusted") \
    X(INITIALISATION, 210, EM_APP_IN_OUT(210), "Init Fail-Contact Admin", "the service could not read its sessions from the store") \
    X(EMCC_NOT_ACTIVATED, 211, EM_APP_IN_OUT(211), "EMCC Not Activated", "PSTN Access is not active in the Intercluster Service Profile") \
    X(UPDATE_CLUSTER_ID, 212, EM_SAME("Login is unavailable (212)"), "Cluster ID is invalid", "the remote cluster answered with another cluster id than the one configured") \
    X(DEVICE_WITHOUT_EMCC, 213, EM_APP_IN_OUT(213), "Device does not support EMCC", "the phone's model does not support EMCC, or the phone has IPv6 only") \
    X(LOGIN_TYPE, 215, EM_SAME("LoginType invalid (215)"), "Login Type is invalid", "loginType is none of UID, SP, DN") \
    X(EXTENSION_SHARED, 216, EM_SAME("DN has multiple users (216)"), "DN has multiple users", "the extension is the primary one of several users")
/* clang-format on */

/* A code as it travels in this plugin. The negative ones never reach a phone: 0 as a code means a
 * defect. */
enum em_code {
    EM_PIN_AT_HOME_ONLY = -4, /* the home cluster cannot be asked to change a PIN */
    EM_PIN_RULE = -3,         /* the new PIN breaks a rule */
    EM_CHOOSE_PROFILE = -1,
    EM_OK = -2,
#define EM_CODE_ENUM(symbol, number, in, ...) EM_##symbol = (number),
#define EM_CODE_ENUM_(...) EM_CODE_ENUM(__VA_ARGS__)
    EM_CODE_MAP(EM_CODE_ENUM_)
#undef EM_CODE_ENUM_
#undef EM_CODE_ENUM
};

struct em_code_entry {
    int number;
    const char *login_text, *logout_text; /* what the phone shows */
    const char *name;                     /* as the tables print it */
    const char *cause;
};

/* The entry of a code; that of 0 for a number that is in no table. */
const struct em_code_entry *em_code_entry(int number);
bool em_code_known(int number);
/* The number inside the text that the phone shows: 201 for 39 and 44, 23 for 40, else the code
 * itself. */
int em_code_shown(int number);

#endif
