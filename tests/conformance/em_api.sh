#!/usr/bin/env bash
# The Extension Mobility API as applications meet it: curl asks, xmllint judges both what is asked and what is answered, by document
# types made from the published description. Sentence by sentence; the codes' causes are those of tests/scenarios/error_codes_api.lua.
. "$(dirname "$0")/lib.sh"
need curl xmllint iconv
[ "$(id -u)" -eq 0 ] || tftp_port=6969
address=$(loopback 1)
here=$(cd "$(dirname "$0")" && pwd)
types=$here/em_api
plain=http://$address:8080/emservice/EMServiceServlet
secure=https://$address:8443/emservice/EMServiceServlet
url=$secure

node_start api-1 API "$address" callmanager extension-mobility || exit 1
cat >"$work/site.lua" <<'LUA'
return {
  device_profiles = { { name = "One", model = "Cisco 8851" }, { name = "Zoë's Two", model = "Cisco 8851" } },
  phones = {
    { name = "SEP000000000001", model = "Cisco 8851", enable_extension_mobility = true },
    { name = "SEP000000000002", model = "Cisco 8851", enable_extension_mobility = true },
    { name = "SEP000000000003", model = "Cisco 8851" },
    { name = "SEP000000000004", model = "Cisco 8851", enable_extension_mobility = true },
  },
  application_users = {
    { user_id = "hub", password = "hub-pass & <word>", roles = { "Standard EM Authentication Proxy Rights" } },
    { user_id = "weak", password = "weak-pass" },
  },
  end_users = {
    { user_id = "john", last_name = "J", password = "johns-pass", pin = "12345", controlled_profiles = { "One", "Zoë's Two" }, default_profile = "Zoë's Two" },
    { user_id = "em@cisco.com", last_name = "E", controlled_profiles = { "One" } },
    { user_id = "mary", last_name = "M", controlled_profiles = { "One", "Zoë's Two" } },
    { user_id = "none", last_name = "N" },
  },
  parameters = { ["Cisco Extension Mobility"] = { ["Intra-cluster Multiple Login Behavior"] = "allowed" },
    Enterprise = { ["Failed Logon"] = 0 } },
}
LUA
ok "the site is applied" cli apply "$work/site.lua"

hub='<appInfo><appID>hub</appID><appCertificate>hub-pass &amp; &lt;word&gt;</appCertificate></appInfo>'
john='<appInfo><appID>john</appID><appCertificate>johns-pass</appCertificate></appInfo>'
request() { echo "<request>${2-$hub}$1</request>"; }
query() { echo "<query>${2-$hub}$1</query>"; }

# curl's own options ...: the answer is in $answer, "status content-type" in $result; the answer is valid.
post() {
  result=$(curl -sS -k --noproxy '*' --max-time 20 -o "$work/answer.xml" -w '%{http_code} %{content_type}' "$@") || return 1
  answer=$(cat "$work/answer.xml")
  echo "$result: $answer"
  [ "$result" = "200 text/xml; charset=UTF-8" ] && xmllint --noout --nonet --dtdvalid "$types/response.dtd" "$work/answer.xml"
}
# says DOCUMENT TEXT: sent as the form field xml, it is answered with the text.
says() {
  printf '%s' "$1" >"$work/sent.xml"
  post --data-urlencode "xml@$work/sent.xml" "$url" && grep -qF -- "$2" "$work/answer.xml"
}
# The same for a document that is valid by the published types too.
tells() {
  case $1 in *"<request"*) type=request ;; *) type=query ;; esac
  printf '%s' "$1" >"$work/sent.xml"
  xmllint --noout --nonet --dtdvalid "$types/$type.dtd" "$work/sent.xml" && says "$1" "$2"
}
# documented ...: the last answer is also what the published document type says.
documented() { "$@" && xmllint --noout --nonet --dtdvalid "$types/response_documented.dtd" "$work/answer.xml"; }

login() { request "<login><deviceName>$1</deviceName><userID>$2</userID>$3</login>" "${4-$hub}"; }
logout() { request "<logout><deviceName>$1</deviceName>${2-}</logout>" "${3-$hub}"; }
devices() { query "<deviceUserQuery>$(printf '<deviceName>%s</deviceName>' "$@")</deviceUserQuery>"; }
users() { local kind=$1; shift; query "<$kind>$(printf '<userID>%s</userID>' "$@")</$kind>"; }
duration() { echo "<exclusiveDuration><time>$1</time></exclusiveDuration>"; }

# --- the transport
ok "HTTPS" tells "$(devices SEP000000000001)" '<device name="SEP000000000001"><none/><none/><emccDevice>no</emccDevice></device>'
url=$plain
ok "HTTP" tells "$(devices SEP000000000001)" '<none/><none/><emccDevice>no</emccDevice>'
ok "a content type with a character set" post -H 'Content-Type: application/x-www-form-urlencoded; charset=UTF-8' --data-urlencode "xml=$(devices SEP000000000001)" "$url"
ok "other form fields do no harm" post -d 'a=1' --data-urlencode "xml=$(devices SEP000000000001)" -d 'b' "$url"
code() { local wanted=$1; shift; post "$@" && grep -q "code=\"$wanted\"" "$work/answer.xml"; }
ok "no form field xml: 1" code 1 -d 'xlm=<query/>' "$url"
ok "an empty form field: 1" code 1 -d 'xml=' "$url"
ok "no body: 1" code 1 -X POST "$url"
ok "the document itself as body, text/xml: 1" code 1 -H 'Content-Type: text/xml' -d "$(devices SEP000000000001)" "$url"
ok "multipart/form-data: 1" code 1 --form-string "xml=$(devices SEP000000000001)" "$url"
ok "GET is not served: 405" bash -c "[ \$(curl -sS --noproxy '*' -o /dev/null -w '%{http_code}' '$url?xml=%3Cquery/%3E') = 405 ]"
request "<!-- $(head -c 300000 /dev/zero | tr '\0' x) --><logoutAll/>" >"$work/large.xml"
ok "a document of 300 KB: 1" code 1 --data-urlencode "xml@$work/large.xml" "$url"
head -c 5000000 /dev/zero | tr '\0' x >"$work/huge"
ok "a body of 5 MB is refused before it is read: 413" bash -c "[ \$(curl -sS --noproxy '*' -o /dev/null -w '%{http_code}' --data-binary @$work/huge '$url') = 413 ]"
ok "the node still answers" tells "$(devices SEP000000000001)" '<none/>'

# --- who asks
ok "a wrong password: 3" documented tells "$(logout SEP000000000001 "" "<appInfo><appID>hub</appID><appCertificate>no</appCertificate></appInfo>")" '<failure><error code="3">'
ok "nobody: 3" tells "$(logout SEP000000000001 "" "<appInfo><appID>who</appID><appCertificate>no</appCertificate></appInfo>")" 'code="3"'
ok "no appInfo: 3" says "$(logout SEP000000000001 "" "")" 'code="3"'
ok "an empty password: 3" says "$(logout SEP000000000001 "" "<appInfo><appID>hub</appID><appCertificate/></appInfo>")" 'code="3"'
ok "appEncryptedCertificate, of the node's own: 3" tells "$(logout SEP000000000001 "" "<appInfo><appID>CCMSysUser</appID><appEncryptedCertificate>x</appEncryptedCertificate></appInfo>")" 'code="3"'
ok "an application without the proxy right: 10" tells "$(login SEP000000000001 john "" "<appInfo><appID>weak</appID><appCertificate>weak-pass</appCertificate></appInfo>")" 'code="10"'
ok "an end user with their own password logs in" documented tells "$(login SEP000000000001 john "" "$john")" '<success/>'
ok "and asks for that phone" tells "$(query '<deviceUserQuery><deviceName>SEP000000000001</deviceName></deviceUserQuery>' "$john")" '<userID>john</userID><lastlogin>john</lastlogin>'
ok "and out" tells "$(logout SEP000000000001 "" "$john")" '<success/>'
ok "an end user with a profile of somebody else: 12" tells "$(login SEP000000000001 john '<deviceProfile>Three</deviceProfile>' "$john")" 'code="12"'
ok "an end user for another: 10" tells "$(login SEP000000000001 mary "" "$john")" 'code="10"'
ok "an end user for everybody: 10" tells "$(request '<logoutAll/>' "$john")" 'code="10"'
ok "an end user asks for the own devices" tells "$(query '<userDevicesQuery><userID>john</userID></userDevicesQuery>' "$john")" '<none/>'
ok "and for those of another: 10" tells "$(query '<userDevicesQuery><userID>john</userID><userID>mary</userID></userDevicesQuery>' "$john")" 'code="10"'

bad=$'hub\n2026-01-01T00:00:00Z ERROR host: forged'
says "$(request '<logoutAll/>' "<appInfo><appID>$bad</appID><appCertificate>x</appCertificate></appInfo>")" 'code="3"' >/dev/null
refused "a name with a line break makes no line of the log" grep -q '^2026-01-01T00:00:00Z' "$work/api-1.log"

# --- login and logout
ok "a login, with the default profile" documented tells "$(login SEP000000000001 john "")" '<success/>'
ok "the session's profile" grep -qF "Zoë's Two" <(cli session get SEP000000000001)
ok "the phone is occupied: 18" documented tells "$(login SEP000000000001 mary '<deviceProfile>One</deviceProfile>')" 'code="18"'
ok "the same user once more changes nothing" tells "$(login SEP000000000001 john "")" '<success/>'
ok "with everything that may be said" tells "$(login SEP000000000002 mary "<deviceProfile>Zoë's Two</deviceProfile>$(duration 60)<remoteIPAddr>127.0.0.1</remoteIPAddr><isViaHeaderSet>false</isViaHeaderSet><loginType>UID</loginType>")" '<success/>'
moment() { date -d "$(cli session get "$1" --json | sed -n "s/.*\"$2\":[[:space:]]*\"\([^\"]*\)\".*/\1/p")" +%s; }
ends_after() { local begin end; begin=$(moment "$1" login_time) && end=$(moment "$1" expires_at) && echo "$begin to $end" && [ $((end - begin)) -eq "$2" ]; }
ok "it ends after that time" ends_after SEP000000000002 3600
ok "logout" documented tells "$(logout SEP000000000002 '<remoteIPAddr>127.0.0.1</remoteIPAddr><isViaHeaderSet>false</isViaHeaderSet>')" '<success/>'
ok "nobody is there any more: 19" documented tells "$(logout SEP000000000002)" 'code="19"'
ok "several profiles, none by default, none named: 12" tells "$(login SEP000000000002 mary "")" 'code="12"'
ok "no profile: 12" tells "$(login SEP000000000002 none "")" 'code="12"'
ok "indefinite" tells "$(login SEP000000000002 em@cisco.com '<exclusiveDuration><indefinite/></exclusiveDuration>')" '<success/>'
ok "a time that is none: 7" documented says "$(login SEP000000000002 john "$(duration soon)")" 'code="7"'
ok "a time out of range: 7" says "$(login SEP000000000002 john "$(duration 100001)")" 'code="7"'
ok "no such phone: 11" documented tells "$(login SEP00000000FFFF john "")" 'code="11"'
ok "nobody may log in there: 22, nor out: 5" tells "$(login SEP000000000003 john "")" 'code="22"'
ok "nor out: 5" tells "$(logout SEP000000000003)" 'code="5"'
ok "no such user: 23" tells "$(login SEP000000000004 nobody "")" 'code="23"'
ok "loginType of no kind: 215" tells "$(login SEP000000000002 john '<loginType>XX</loginType>')" 'code="215"'
ok "an element nobody knows is passed over" says "$(logout SEP000000000002 '<future a="1"><b/></future>')" '<success/>'

# --- queries
ok "devices: who is there, who was last, nobody, no such phone" tells "$(devices SEP000000000001 SEP000000000002 SEP000000000003 SEPX)" \
  '<deviceUserResults><device name="SEP000000000001"><userID>john</userID><lastlogin>john</lastlogin><emccDevice>no</emccDevice></device><device name="SEP000000000002"><none/><lastlogin>em%40cisco.com</lastlogin><emccDevice>no</emccDevice></device><device name="SEP000000000003"><none/><none/><emccDevice>no</emccDevice></device><device name="SEPX"><doesNotExist/></device></deviceUserResults>'
refused "three children where the published document type has one" documented tells "$(devices SEP000000000001)" 'device'
ok "loginType in a query for devices, as release 12 sends it" tells "$(query '<deviceUserQuery><deviceName>SEP000000000001</deviceName><remoteIPAddr>127.0.0.1</remoteIPAddr><loginType>DN</loginType></deviceUserQuery>')" '<userID>john</userID>'
ok "john logs in on a second phone" tells "$(login SEP000000000002 john "")" '<success/>'
ok "users: devices, none, unknown; the id percent-encoded" documented tells "$(users userDevicesQuery john em@cisco.com who)" \
  '<userDevicesResults><user id="john"><deviceName>SEP000000000001</deviceName><deviceName>SEP000000000002</deviceName></user><user id="em%40cisco.com"><none/></user><user id="who"><doesNotExist/></user></userDevicesResults>'
ok "an id that no user could have is percent-encoded too" tells "$(users checkUser 'Zoë &amp; "Co" %')" '<user id="Zo%C3%AB%20%26%20%22Co%22%20%25"><doesNotExist/></user>'
ok "checkUser" tells "$(users checkUser john em@cisco.com who)" '<checkUserResults><user id="john"><exists/></user><user id="em%40cisco.com"><exists/></user><user id="who"><doesNotExist/></user></checkUserResults>'
for kind in deviceProfileQuery userDeviceProfileQuery; do
  ok "$kind: profiles, and which is the default one" tells "$(users $kind john none)" \
    '<deviceProfileResults><user id="john"><deviceProfile><deviceProfileName>One</deviceProfileName><isDefaultDeviceProfile>f</isDefaultDeviceProfile></deviceProfile><deviceProfile><deviceProfileName>Zoë&apos;s Two</deviceProfileName><isDefaultDeviceProfile>t</isDefaultDeviceProfile></deviceProfile></user><user id="none"></user></deviceProfileResults>'
done
ok "a query of no known kind: 8" documented says "$(query '<weatherQuery/>')" '<failure><error code="8">'
ok "logoutAll" documented tells "$(request '<logoutAll><remoteIPAddr>127.0.0.1</remoteIPAddr><isViaHeaderSet>false</isViaHeaderSet></logoutAll>')" '<success/>'
ok "logs everybody out" tells "$(devices SEP000000000001 SEP000000000002)" '<device name="SEP000000000001"><none/><lastlogin>john</lastlogin><emccDevice>no</emccDevice></device><device name="SEP000000000002"><none/><lastlogin>john</lastlogin>'

# --- where it comes from
em() { cli param set "Cisco Extension Mobility" "$1" "$2" >/dev/null; }
via() { post -H 'Via: 1.1 proxy' --data-urlencode "xml=$(devices SEP000000000001)" "$url" && grep -qF -- "$1" "$work/answer.xml"; }
from() { query "<checkUser><userID>john</userID><remoteIPAddr>$1</remoteIPAddr><isViaHeaderSet>${2-false}</isViaHeaderSet></checkUser>"; }
ok "addresses are not validated: any will do" tells "$(from 192.0.2.7 true)" '<exists/>'
em "Validate IP Address" true
ok "validated, neither trusted nor a phone's: 28" documented tells "$(from 192.0.2.7)" 'code="28"'
ok "the sender's own, when none is named: 28" tells "$(users checkUser john)" 'code="28"'
em "Trusted List of IPs" "192.0.2.7;$address"
ok "trusted" tells "$(from 192.0.2.7)" '<exists/>'
ok "isViaHeaderSet, and a proxy is allowed" tells "$(from 192.0.2.7 true)" '<exists/>'
em "Allow Proxy" false
ok "and is not: 30" documented tells "$(from 192.0.2.7 true)" 'code="30"'
ok "a proxy that betrays itself: 30" via 'code="30"'
cli service deactivate callmanager >/dev/null
ok "nobody knows the registered phones: 29" documented tells "$(from 192.0.2.8)" 'code="29"'
cli service activate callmanager >/dev/null
em "Validate IP Address" false
ok "not validated again" tells "$(from 192.0.2.8 true)" '<exists/>'

# --- the form of the published document type, for clients made from it
url="$plain?form=documented"
form() { tells "$@"; xmllint --noout --nonet --dtdvalid "$types/response_documented.dtd" "$work/answer.xml" && grep -qF -- "$2" "$work/answer.xml"; }
ok "john is back" tells "$(login SEP000000000001 john "")" '<success/>'
ok "a device has one child" form "$(devices SEP000000000001 SEP000000000002 SEP000000000003 SEPX)" \
  '<device name="SEP000000000001"><userID>john</userID></device><device name="SEP000000000002"><lastlogin>john</lastlogin></device><device name="SEP000000000003"><none/></device><device name="SEPX"><doesNotExist/></device>'
failed_query() { says "$(query '<weatherQuery/>')" x; documented grep -qF '<failure><errorMessage>Query type undetermined (8)</errorMessage></failure>' "$work/answer.xml"; }
ok "a query that fails has a message" failed_query
ok "a request that fails an error with its code" form "$(login SEP000000000001 mary "")" '<failure><error code="18">'
ok "users" form "$(users userDevicesQuery john who)" '<user id="john"><deviceName>SEP000000000001</deviceName></user><user id="who"><doesNotExist/></user>'
url=$plain
ok "john is gone" tells "$(logout SEP000000000001)" '<success/>'

# --- documents that mean harm
victim="$work/secret.txt"
echo "top secret" >"$victim"
hostile() { says "$1" 'code="1"' && ! grep -q 'top secret' "$work/answer.xml" "$work/api-1.log"; }
ok "an external entity: 1, nothing is read" hostile "<!DOCTYPE q [<!ENTITY x SYSTEM \"file://$victim\">]>$(users checkUser '&x;')"
ok "an external entity in the password: 1" hostile "<!DOCTYPE q [<!ENTITY x SYSTEM \"file://$victim\">]>$(query '<checkUser><userID>john</userID></checkUser>' '<appInfo><appID>hub</appID><appCertificate>&x;</appCertificate></appInfo>')"
ok "a parameter entity: 1" hostile "<!DOCTYPE q [<!ENTITY % x SYSTEM \"file://$victim\">%x;]>$(users checkUser john)"
bomb='<!ENTITY a "ha">'
for pair in ab bc cd de ef fg gh hi; do bomb="$bomb<!ENTITY ${pair:1} \"$(printf "&${pair:0:1};%.0s" 1 2 3 4 5 6 7 8 9 0)\">"; done
at_once() { local before=$SECONDS; "$@" && [ $((SECONDS - before)) -lt 3 ]; }
ok "a bomb of entities: 1, at once" at_once says "<!DOCTYPE q [$bomb]>$(users checkUser '&i;')" 'code="1"'
ok "a document type elsewhere is not fetched" says "<?xml version=\"1.0\"?><!DOCTYPE query SYSTEM \"http://192.0.2.1:8080/emservice/jsp/LoginQuery.dtd\">$(users checkUser john)" '<exists/>'
deep=$(printf '<a>%.0s' $(seq 1 2000))
ok "2,000 elements in each other: 1" says "<query>$deep</query>" 'code="1"'
ok "200 elements in each other, closed, are passed over" says "$(users checkUser john | sed "s|<checkUser>|<checkUser>$(printf '<a>%.0s' $(seq 1 200))$(printf '</a>%.0s' $(seq 1 200))|")" '<exists/>'
ok "a name of 100,000 letters: 1" says "$(users checkUser "$(head -c 100000 /dev/zero | tr '\0' a)")" 'code="1"'
ok "101 users in one query: 1" says "$(users checkUser $(seq 1 101))" 'code="1"'
ok "100 are answered" tells "$(users checkUser $(seq 1 100))" '<user id="100"><doesNotExist/></user>'
ok "not closed: 1" says '<query><appInfo>' 'code="1"'
ok "another root: 1" says '<greeting/>' 'code="1"'
ok "two actions: 1" says "$(request '<logoutAll/><logoutAll/>')" 'code="1"'
ok "appInfo twice: 1" says "$(request "$hub<logoutAll/>")" 'code="1"'
ok "two users in one login: 1" says "$(login SEP000000000001 john '<userID>mary</userID>')" 'code="1"'
ok "two phones in one login: 1" says "$(login SEP000000000001 john '<deviceName>SEP000000000002</deviceName>')" 'code="1"'
ok "a login without user: 1" says "$(request '<login><deviceName>SEP000000000001</deviceName></login>')" 'code="1"'
ok "an element where a text belongs: 1" says "$(login '<b>SEP000000000001</b>' john '')" 'code="1"'
ok "logoutAll that names a phone: 1" says "$(request '<logoutAll><deviceName>SEP000000000001</deviceName></logoutAll>')" 'code="1"'
ok "nobody was logged in by any of them" tells "$(devices SEP000000000001)" '<none/>'

# --- encodings
ok "a byte order mark" says "$(printf '\357\273\277')$(users checkUser john)" '<exists/>'
ok "UTF-8 that is none: 1" says "$(users checkUser "$(printf 'jo\377hn')")" 'code="1"'
ok "an over-long form: 1" says "$(users checkUser "$(printf 'jo\300\200hn')")" 'code="1"'
ok "a control character: 1" says "$(users checkUser "$(printf 'jo\001hn')")" 'code="1"'
latin="<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>$(users checkUser 'Zoë')"
ok "declared Latin-1 is read as that" says "$(printf '%s' "$latin" | iconv -f UTF-8 -t ISO-8859-1)" '<user id="Zo%C3%AB"><doesNotExist/></user>'
ok "an encoding that nobody knows: 1" says "<?xml version=\"1.0\" encoding=\"EBCDIC-7\"?>$(users checkUser john)" 'code="1"'
wide() {
  printf '%s' "$2" | iconv -f UTF-8 -t "$1" >"$work/wide.xml"
  post --data-urlencode "xml@$work/wide.xml" "$url" && grep -qF -- "$3" "$work/answer.xml"
}
ok "UTF-16 with its byte order mark is read" wide UTF-16 "$(users checkUser 'Zoë')" '<user id="Zo%C3%AB"><doesNotExist/></user>'
for encoding in UTF-16LE UTF-16BE; do
  ok "$encoding that says so is read" wide $encoding "<?xml version=\"1.0\" encoding=\"$encoding\"?>$(users checkUser 'Zoë')" '<user id="Zo%C3%AB">'
  ok "$encoding without a word: 1" wide $encoding "$(users checkUser 'Zoë')" 'code="1"'
done
ok "UTF-32: 1" wide UTF-32LE "$(users checkUser john)" 'code="1"'
ok "a NUL in the middle: 1" code 1 -d "xml=$(users checkUser john | sed 's/&[a-z]*;//g; s/john/jo%00hn/')" "$url"
ok "a NUL elsewhere in the form does no harm" post -d 'a=%00' --data-urlencode "xml=$(devices SEP000000000001)" "$url"
ok "declared UTF-16, sent as UTF-8: 1 or read, never worse" says "<?xml version=\"1.0\" encoding=\"UTF-16\"?>$(users checkUser john)" '<response>'
ok "percent signs that encode nothing: 1" code 1 -d 'xml=%%%zz%3Cquery' "$url"
ok "no secret reached the log" bash -c "! grep -qE 'hub-pass|johns-pass|weak-pass' '$work/api-1.log'"
ok "and the node never died" bash -c "! grep -qiE 'signal 11|quarantin|Unknown Error \(0\)' '$work/api-1.log'"
