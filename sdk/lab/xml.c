/* XML as Lua tables, parsed as a phone should: no network, no DTD, no entities beyond the five of
 * XML itself.
 *
 * An element is { name = "device", text = "its own text", attributes = { key = "value" }, child,
 * child, ... }. */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "lab.h"

static void push_element(lua_State *L, const xmlNode *element) {
    luaL_Buffer text;
    lua_Integer count = 0;
    luaL_checkstack(L, 8, "XML is nested too deeply");
    lua_newtable(L);
    lua_pushstring(L, (const char *)element->name);
    lua_setfield(L, -2, "name");
    lua_newtable(L);
    for (const xmlAttr *attribute = element->properties; attribute != NULL;
         attribute = attribute->next) {
        xmlChar *value = xmlNodeListGetString(element->doc, attribute->children, 1);
        lua_pushstring(L, value != NULL ? (const char *)value : "");
        lua_setfield(L, -2, (const char *)attribute->name);
        xmlFree(value);
    }
    lua_setfield(L, -2, "attributes");
    for (const xmlNode *child = element->children; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE) {
            push_element(L, child);
            lua_rawseti(L, -2, ++count);
        }
    }
    luaL_buffinit(L, &text);
    for (const xmlNode *child = element->children; child != NULL; child = child->next) {
        if ((child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) &&
            child->content != NULL) {
            luaL_addstring(&text, (const char *)child->content);
        }
    }
    luaL_pushresult(&text);
    lua_setfield(L, -2, "text");
}

static int push_root(lua_State *L) {
    push_element(L, lua_touserdata(L, 1));
    return 1;
}

/* core.xml(text): the root element, or nil and a sentence. */
static int parse(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    luaL_argcheck(L, length < 16u << 20, 1, "too long");
    xmlDoc *document = xmlReadMemory(text, (int)length, "", NULL,
                                     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                         XML_PARSE_NOCDATA);
    if (document == NULL) {
        const xmlError *error = xmlGetLastError();
        int line = error != NULL ? error->line : 0;
        const char *message = error != NULL && error->message != NULL ? error->message : "not XML";
        return lab_fail(L, "line %d: %s", line, message);
    }
    if (document->intSubset != NULL || xmlDocGetRootElement(document) == NULL) {
        xmlFreeDoc(document);
        return lab_fail(L, "a document type declaration is refused");
    }
    lua_pushcfunction(L, push_root);
    lua_pushlightuserdata(L, xmlDocGetRootElement(document));
    int status = lua_pcall(L, 1, 1, 0);
    xmlFreeDoc(document);
    if (status != LUA_OK) {
        return lua_error(L);
    }
    return 1;
}

void lab_open_xml(lua_State *L) {
    static const luaL_Reg functions[] = {{"xml", parse}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
