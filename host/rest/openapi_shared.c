/* Parameters, headers, refusals and the schemas of what is not declared. */
#include "host/rest/openapi_shared.h"

#include <string.h>

#include <sojourn/error.h>

#include "host/http/text.h"
#include "host/record/catalog.h"
#include "host/rest/idempotency.h"
#include "host/rest/openapi_schema.h"

void openapi_shared_parameters(sj_text *out) {
    openapi_put(
        out,
        ",\n'parameters':{"
        "'limit':{'name':'limit','in':'query','description':'Records of a page','schema':{'type':"
        "'integer','minimum':1,'maximum':1000,'default':1000}},"
        "'after':{'name':'after','in':'query','description':'The page behind this key: the next of "
        "the page before','schema':{'type':'string'}},"
        "'force':{'name':'force','in':'query','description':'Removes what is in use (409) all the "
        "same','schema':{'type':'boolean','default':false}},"
        "'type':{'name':'type','in':'query','description':'Only events of this type; without it of "
        "all','schema':{'type':'string'},'example':'session.started'},"
        "'after_event':{'name':'after','in':'query','description':'Goes on behind the event of "
        "this "
        "number','schema':{'type':'integer','format':'int64','minimum':0}},"
        "'Last-Event-ID':{'name':'Last-Event-ID','in':'header','description':'The same, as "
        "browsers "
        "send it','schema':{'type':'string','pattern':'^[0-9]{1,18}$'}},"
        "'service':{'name':'service','in':'path','required':true,'description':'The service as the "
        "list of parameters names it','schema':{'type':'string'},'example':'Enterprise'},"
        "'symbol':{'name':'symbol','in':'path','required':true,'description':'The symbol or the "
        "printed name','schema':{'type':'string'},'example':'enterprise_max_phones'},"
        "'job':{'name':'job','in':'path','required':true,'description':'The number of the job, or "
        "the Idempotency-Key of the apply','schema':{'type':'string'}},"
        "'trace_id':{'name':'trace_id','in':'path','required':true,'description':'A trace of W3C "
        "Trace Context','schema':{'type':'string','pattern':'^[0-9a-f]{32}$'}},"
        "'If-Match':{'name':'If-Match','in':'header','description':'Only if what is stored bears "
        "one of these tags, or at all (*); else 412','schema':{'type':'string'}},"
        "'If-None-Match':{'name':'If-None-Match','in':'header','description':'Only if what is "
        "stored bears none of these tags, or is not there (*): else 304 to a GET, 412 to a "
        "write','schema':{'type':'string'}},"
        "'Idempotency-Key':{'name':'Idempotency-Key','in':'header','description':'The same request "
        "with the same key is done once and answered the same; another one with it is 422',"
        "'schema':{'type':'string','minLength':8,'maxLength':64,'pattern':'^[A-Za-z0-9_.~-]*$'}},"
        "'Prefer':{'name':'Prefer','in':'header','description':'respond-async makes it a job in "
        "any "
        "case (RFC 7240)','schema':{'type':'string'}}"
        "}");
}

void openapi_shared_headers(sj_text *out) {
    openapi_put(
        out,
        ",\n'headers':{"
        "'ETag':{'description':'The tag of what is answered, for If-Match and If-None-Match; that "
        "of a list is "
        "weak','schema':{'type':'string','pattern':'^(W/)?\\\\\\'[0-9a-f]{16}\\\\\\'$'}},"
        "'Location':{'description':'Where it is','schema':{'type':'string','format':"
        "'uri-reference'}},"
        "'Sojourn-Note':{'description':'What was ignored, or is to be known of the change',"
        "'schema':{'type':'string'}},"
        "'Vary':{'description':'It may leave compressed','schema':{'type':'string'}},"
        "'Allow':{'description':'The methods that are taken','schema':{'type':'string'}},"
        "'Accept':{'description':'The type of body that is taken','schema':{'type':'string'}},"
        "'Accept-Patch':{'description':'The types of patch that are taken','schema':{'type':"
        "'string'}},"
        "'Retry-After':{'description':'When it is worth another try, in seconds','schema':{'type':"
        "'integer'}},"
        "'WWW-Authenticate':{'description':'How to sign in','schema':{'type':'string'}}"
        "}");
}

static const struct {
    const char *status, *description, *headers; /* headers: a member, or "" */
} refusals[] = {
    {"400", "A member, a value, the query or a header", ""},
    {"401", "Not signed in",
     ",'headers':{'WWW-Authenticate':{'$ref':'#/components/headers/"
     "WWW-Authenticate'}}"},
    {"403", "Not permitted", ""},
    {"404", "There is no such record or path", ""},
    {"409", "It exists already, is still in use, or does not fit the present state", ""},
    {"412", "If-Match or If-None-Match does not hold", ""},
    {"413", "The body is too long", ""},
    {"415", "The body is of another type",
     ",'headers':{'Accept':{'$ref':'#/components/headers/Accept'},'Accept-Patch':{'$ref':"
     "'#/components/headers/Accept-Patch'}}"},
    {"421", "The request names a host that is not this node", ""},
    {"422", "The Idempotency-Key came with another request before", ""},
    {"429", "Too many of its kind",
     ",'headers':{'Retry-After':{'$ref':'#/components/headers/Retry-After'}}"},
    {"502", "Another node or service broke the protocol", ""},
    {"503", "The service is not active, or the node is busy or stops",
     ",'headers':{'Retry-After':{'$ref':'#/components/headers/Retry-After'}}"},
    {"504", "No answer came in time; it may still be done", ""},
    {"507", "The disk is full or failed", ""},
    {"default", "What else went wrong: 405 with Allow, 408, 414, 417, 431, 500, 501, 505",
     ",'headers':{'Allow':{'$ref':'#/components/headers/Allow'}}"},
};

void openapi_shared_responses(sj_text *out) {
    openapi_put(out, ",\n'responses':{");
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        sj_text_printf(out, "%s\"%s\":{", i > 0 ? "," : "", refusals[i].status);
        openapi_text(out, "description", refusals[i].description);
        openapi_put(out, refusals[i].headers);
        openapi_put(out, ",'content':{'application/problem+json':{'schema':{'$ref':"
                         "'#/components/schemas/problem'}}}}");
    }
    sj_text_char(out, '}');
}

/* Problem details (RFC 9457) with all types that there are. */
static void put_problem(sj_text *out) {
#define PROBLEM_TYPE(name, number, text) ",'urn:sojourn:problem:" #name "'"
    openapi_put(
        out,
        "'problem':{'type':'object','required':['type','title','status','detail'],"
        "'properties':{'type':{'type':'string','enum':['about:blank',"
        "'urn:sojourn:problem:HTTP'" SJ_ERROR_MAP(
            PROBLEM_TYPE) "]},"
                          "'title':{'type':'string'},'status':{'type':'integer'},"
                          "'detail':{'type':'string','description':'A sentence: where, what was "
                          "expected, what came'},"
                          "'field':{'type':'string','description':'The place','example':"
                          "'lines[0].maximum_calls'},"
                          "'errors':{'type':'array','description':'When there are "
                          "several','items':{"
                          "'type':'object','required':['field','detail'],'properties':{'field':{'"
                          "type':"
                          "'string'},'detail':{'type':'string'}}}}}}");
#undef PROBLEM_TYPE
}

static void put_apply(sj_text *out, const struct sj_catalog *catalog) {
    const sj_resource_meta *meta;
    openapi_put(out,
                ",\n'apply.given':{'type':'object','additionalProperties':false,'required':["
                "'content'],'properties':{'dry_run':{'type':'boolean','default':false},"
                "'file':{'type':'string','description':'What the log calls it'},"
                "'content':{'type':'object','additionalProperties':false,'properties':{"
                "'force':{'type':'boolean','default':false},"
                "'parameters':{'type':'object','description':'By service and symbol or printed "
                "name','additionalProperties':{'type':'object','additionalProperties':{}}},"
                "'remove':{'type':'object','description':'Keys, by the plural of their "
                "records','additionalProperties':{'type':'array','items':{'type':'string'}}}");
    for (size_t i = 0; (meta = sj_catalog_resource_at(catalog, i)) != NULL; i++) {
        const bool singleton = (meta->flags & SJ_RESOURCE_SINGLETON) != 0;
        if ((meta->flags & SJ_RESOURCE_RUNTIME) == 0) {
            sj_text_printf(out,
                           singleton ? ",\"%s\":{\"$ref\":\"#/components/schemas/%s.given\"}"
                                     : ",\"%s\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/"
                                       "components/schemas/%s.given\"}}",
                           singleton ? meta->record->name : meta->plural, meta->record->name);
        }
    }
    openapi_put(
        out,
        "}}}},\n"
        "'apply.outcome':{'type':'object','required':['message'],'properties':{'message':{'type':"
        "'string'},'dry_run':{'type':'boolean'},'added':{'type':'integer'},'changed':{'type':"
        "'integer'},'removed':{'type':'integer'},'unchanged':{'type':'integer'},"
        "'changes':{'type':'array','items':{'type':'object','required':['action','resource','key'],"
        "'properties':{'action':{'type':'string','enum':['added','changed','removed']},'resource':{"
        "'type':'string'},'key':{'type':'string'},'service':{'type':'string'},'fields':{'type':"
        "'array','items':{'type':'string'}},'values':{'type':'object','additionalProperties':{"
        "'type':'object','required':['old','new'],'properties':{'old':{},'new':{}}}}}}},"
        "'changes_left_out':{'type':'integer'},'notes':{'type':'array','items':{'type':'string'}}}}"
        ",\n"
        "'apply.accepted':{'type':'object','required':['job_id'],'properties':{'job_id':{'type':"
        "'string'},'outcome':{'type':'string','format':'uri-reference'},'message':{'type':"
        "'string'},'phase':{'type':'string'},'processed':{'type':'integer'},'total':{'type':"
        "'integer'}}}");
}

/* What schema.c writes. */
static void put_declarations(sj_text *out) {
    openapi_put(
        out,
        ",\n'declarations':{'type':'object','required':['version','resources','parameters','"
        "commands',"
        "'events'],'properties':{'version':{'type':'string'},"
        "'resources':{'type':'array','items':{'type':'object','required':['name','plural','key',"
        "'fields'],'properties':{'name':{'type':'string'},'plural':{'type':'string'},'title':{'"
        "type':"
        "'string'},'doc':{'type':'string'},'menu':{'type':'string'},'since':{'type':'string'},"
        "'singleton':{'type':'boolean'},'runtime':{'type':'boolean'},'per_node':{'type':'boolean'},"
        "'key':{'type':'array','items':{'type':'string'}},'fields':{'$ref':"
        "'#/components/schemas/declaration.fields'}}}},"
        "'parameters':{'type':'array','items':{'type':'object','required':['service','symbol',"
        "'field'],'properties':{'service':{'type':'string'},'symbol':{'type':'string'},'advanced':{"
        "'type':'boolean'},'per_node':{'type':'boolean'},'title':{'type':'string'},'name':{'type':"
        "'string'},'field':{'$ref':'#/components/schemas/declaration.field'}}}},"
        "'commands':{'type':'array','items':{'type':'object','required':['name','command','fields',"
        "'reply'],'properties':{'name':{'type':'string'},'command':{'type':'string'},'positional':{"
        "'type':'string'},'doc':{'type':'string'},'deadline_ms':{'type':'integer'},'tells':{'type':"
        "'boolean'},'fields':{'$ref':'#/components/schemas/declaration.fields'},'reply':{'type':"
        "'object','required':['name','fields'],'properties':{'name':{'type':'string'},'fields':{"
        "'$ref':'#/components/schemas/declaration.fields'}}}}}},"
        "'events':{'type':'array','items':{'type':'object','required':['name','fields'],"
        "'properties':{'name':{'type':'string'},'doc':{'type':'string'},'fields':{'$ref':"
        "'#/components/schemas/declaration.fields'}}}}}},\n"
        "'declaration.fields':{'type':'array','items':{'$ref':"
        "'#/components/schemas/declaration.field'}},\n"
        "'declaration.field':{'type':'object','required':['name','type'],'properties':{'name':{"
        "'type':'string'},'type':{'type':'string'},'element':{'type':'string'},'title':{'type':"
        "'string'},'doc':{'type':'string'},'unit':{'type':'string'},'format':{'type':'string'},"
        "'target':{'type':'string'},'default':{'type':'string'},'since':{'type':'string'},'min':{"
        "'type':'integer','format':'int64'},'max':{'type':'integer','format':'int64'},'required':{"
        "'type':'boolean'},'read_only':{'type':'boolean'},'sensitive':{'type':'boolean'},'key':{"
        "'type':'boolean'},'unique':{'type':'boolean'},'fixed':{'type':'boolean'},'observed':{'"
        "type'"
        ":'boolean'},'kept':{'type':'boolean'},'choices':{'type':'array','items':{'type':'string'}}"
        ","
        "'fields':{'$ref':'#/components/schemas/declaration.fields'}}}");
}

void openapi_shared_schemas(sj_text *out, const struct sj_catalog *catalog) {
    put_problem(out);
    openapi_put(
        out,
        ",\n'index':{'type':'object','required':['title','version','openapi','paths'],'properties':"
        "{'title':{'type':'string'},'version':{'type':'string'},'openapi':{'type':'string','format'"
        ":'uri-reference'},'paths':{'type':'array','items':{'type':'object','required':['path',"
        "'title','methods'],'properties':{'path':{'type':'string','description':'With braces it is "
        "a template (RFC 6570)'},'title':{'type':'string'},'methods':{'type':'array','items':{"
        "'type':'string','enum':['GET','HEAD','POST','PUT','PATCH','DELETE']}}}}}}},\n"
        "'parameter':{'type':'object','required':['service','symbol','name','title','unit','doc',"
        "'value','default','advanced','per_node'],'properties':{'service':{'type':'string'},"
        "'symbol':{'type':'string'},'name':{'type':'string'},'title':{'type':'string'},'unit':{"
        "'type':'string'},'doc':{'type':'string'},'value':{'description':'As the parameter is "
        "declared: text, number, boolean, list'},'default':{'description':'The same'},'minimum':{"
        "'type':'integer','format':'int64'},'maximum':{'type':'integer','format':'int64'},"
        "'choices':{'type':'array','items':{'type':'string'}},'advanced':{'type':'boolean'},"
        "'per_node':{'type':'boolean'}}},\n"
        "'parameter.list':{'type':'object','required':['items'],'properties':{'items':{'type':"
        "'array','items':{'$ref':'#/components/schemas/parameter'}}}},\n"
        "'parameter.given':{'type':'object','additionalProperties':false,'required':['value'],"
        "'properties':{'value':{'description':'null is the default again'}}},\n"
        "'document':{'type':'object','additionalProperties':true,'required':['openapi','info','"
        "paths'],'properties':{'openapi':"
        "{'type':'string'},'info':{'type':'object'},'paths':{'type':'object'}}},\n"
        "'trace':{'type':'object','required':['trace_id','steps'],'properties':{'trace_id':{'type':"
        "'string'},'steps':{'type':'array','items':{'type':'object','required':['time','plugin',"
        "'text'],'properties':{'time':{'type':'string','format':'date-time'},'plugin':{'type':"
        "'string'},'text':{'type':'string'}}}}}},\n"
        "'own_password.given':{'type':'object','additionalProperties':false,'required':['password']"
        ",'properties':{'password':{'type':'string','format':'password','writeOnly':true}}},\n"
        "'lost':{'type':'object','required':['lost'],'properties':{'lost':{'type':'integer',"
        "'nullable':true,'description':'So many events are not kept any more; null: it is not "
        "known "
        "how many'}}}");
    put_declarations(out);
    put_apply(out, catalog);
}
