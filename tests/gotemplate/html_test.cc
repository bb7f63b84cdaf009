#include "gotemplate/html_attributes.h"
#include "gotemplate/html_escapers.h"
#include "gotemplate/html_text.h"
#include "gotemplate/html_transition.h"
#include "gotemplate/safe_types.h"
#include "tests/gotemplate/render.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tocsin::gotemplate {
namespace {

void Check(std::initializer_list<RenderCase> cases, const Value& data = SampleData()) {
  for (const RenderCase& c : cases) EXPECT_EQ(RenderHtml(c.text, data), c.want) << c.text;
}

TEST(Html, Text) {
  Check({{"<p>{{.M.b}}</p>", "<p>&lt;2&gt;</p>"},
         {"{{\"a+b\\x00\"}}{{.N}}|{{.Nope}}", "a&#43;b\xEF\xBF\xBD|"},
         {"a < b {{1}} <3", "a &lt; b 1 &lt;3"},
         {"<!-- {{.S}} -->x<!DOCTYPE html>", "x<!DOCTYPE html>"},
         {"<title>{{\"</title>\"}}</title><textarea>{{.M.b}}</textarea>",
          "<title>&lt;/title&gt;</title><textarea>&lt;2&gt;</textarea>"},
         {"{{.M.b | html}}{{html .S .M.b}}{{.S | urlquery}}", "&lt;2&gt;abc&lt;2&gt;abc"}});
}

TEST(Html, Attributes) {
  Check({{"<p title=\"{{.M.b}}\" class={{\"a b\"}} {{\"id\"}}=\"x\">",
          "<p title=\"&lt;2&gt;\" class=a&#32;b id=\"x\">"},
         {"<p {{\"onclick\"}}=\"x\" class={{.E}}>", "<p ZgotmplZ=\"x\" class=ZgotmplZ>"},
         {"<p{{if .T}} title=\"a\"{{end}}>", "<p title=\"a\">"},
         {"<p title={{if .T}}{{.S}}{{else}}x{{end}}>", "<p title=abc>"},
         {"<input value=\"{{.M.b}}\" data-url=\"{{\"javascript:x\"}}\">",
          "<input value=\"&lt;2&gt;\" data-url=\"#ZgotmplZ\">"},
         {"<svg:a xlink:href=\"{{\"vbscript:x\"}}\">", "<svg:a xlink:href=\"#ZgotmplZ\">"},
         {"<meta content=\"0; URL={{\"javascript:x\"}}; {{\"javascript:y\"}}\">",
          "<meta content=\"0; URL=#ZgotmplZ; javascript:y\">"}});
}

TEST(Html, Urls) {
  Check({{"<a href=\"{{\"javascript:alert(1)\"}}\">", "<a href=\"#ZgotmplZ\">"},
         {"<a href=\"{{\"HTTPS://x/a b?c='d'\"}}\">", "<a href=\"HTTPS://x/a%20b?c=%27d%27\">"},
         {"<a href=\"/x?q={{\"a&b=c/d\"}}#{{\"e f\"}}\">", "<a href=\"/x?q=a%26b%3dc%2fd#e%20f\">"},
         {"<a href=\"/{{\"a%20b%zz\"}}\">", "<a href=\"/a%20b%25zz\">"},
         {"<a href=x{{\"y z\"}}>", "<a href=xy%20z>"},
         {"<img srcset=\"{{\"a.jpg 1x, javascript:x 2x, /b c\"}}\">",
          "<img srcset=\"a.jpg 1x,#ZgotmplZ, /b c\">"},
         {"<a href=\"{{if .T}}/a{{else}}/b?x={{end}}{{.S}}\">",
          "html/template:t:1:42: {{.S}} appears in an ambiguous context within a URL"}});
}

TEST(Html, Scripts) {
  Check({{"<script>x = {{.M.b}}; y = '{{.M.b}}'; z = `{{\"${a}`\"}}`; r = /{{\"a.b\"}}/;</script>",
          "<script>x = \"\\u003c2\\u003e\"; y = '\\u003c2\\u003e'; z = "
          "`\\u0024\\u007ba\\u007d\\u0060`; r = /a\\.b/;</script>"},
         {"<script>a({{.I}}, {{.L}}, {{.M}}, {{.N}}, {{.F}}, {{.T}})</script>",
          "<script>a( 42 , [\"x\",\"y\",\"z\"], {\"a\":\"1\",\"b\":\"\\u003c2\\u003e\"},  null ,  "
          "2.5 ,  true )</script>"},
         {"<script>x = `a${ {b: {{1}} }.b }c{{\"`\"}}`</script>",
          "<script>x = `a${ {b:  1  }.b }c\\u0060`</script>"},
         {"<script>/* {{1}} */ a // {{2}}\nb</script>", "<script>   a \nb</script>"},
         {"<script>x = '</script>{{1}}'</script>", "<script>x = '\\x3C/script>1'</script>"},
         {"<script>x = {{.I}} / 2; y = /{{\"\"}}/</script>",
          "<script>x =  42  / 2; y = /(?:)/</script>"},
         {"<script type=\"text/plain\">{{.M.b}}</script>",
          "<script type=\"text/plain\">&lt;2&gt;</script>"},
         {"<p onclick=\"f({{.M.b}})\">", "<p onclick=\"f(&#34;\\u003c2\\u003e&#34;)\">"},
         {"<script>{{if .T}}x{{else}}1 /{{end}} /{{1}}</script>",
          "html/template:t: '/' could start a division or regexp: \"/\""}});
}

TEST(Html, ScriptValuesWithoutJsonForm) {
  ValueMap data({{Value::String("F"), Value::Float(NAN)}});
  Check({{"<script>x = {{.F}}</script>",
          "<script>x =  /* json: unsupported value: NaN */null </script>"}},
        Value::Map(&data, kAnyMapType));
}

TEST(Html, Styles) {
  Check({{"<style>p{color:{{\"red\"}};width:{{5}}px;content:'{{\"a'b\"}}'}</style>",
          "<style>p{color:red;width:5px;content:'a\\27 b'}</style>"},
         {"<p style=\"color:{{\"expression(x)\"}};background:url('{{\"javascript:x\"}}')\">",
          "<p style=\"color:ZgotmplZ;background:url('#ZgotmplZ')\">"},
         {"<style>a{b:url( {{\"x y\"}} )}/* {{1}} */</style>",
          "<style>a{b:url( x%20y )}  </style>"}});
}

TEST(Html, SafeTypesStayAsTheyAre) {
  ValueMap data({{Value::String("H"), Value::String("<b>&amp;</b>", kHtmlType)},
                 {Value::String("U"), Value::String("javascript:f('x')", kUrlType)},
                 {Value::String("J"), Value::String("a < b", kJsType)},
                 {Value::String("C"), Value::String("rgb(1,2,3)", kCssType)},
                 {Value::String("A"), Value::String("onclick=\"x\"", kHtmlAttrType)}});
  Check({{"{{.H}}<p title=\"{{.H}}\">", "<b>&amp;</b><p title=\"&amp;\">"},
         {"<a href=\"{{.U}}\">{{.U}}</a>",
          "<a href=\"javascript:f%28%27x%27%29\">javascript:f(&#39;x&#39;)</a>"},
         {"<script>{{.J}}</script>", "<script>a < b</script>"},
         {"<p style=\"color:{{.C}}\" {{.A}}>", "<p style=\"color:rgb(1,2,3)\" onclick=\"x\">"}},
        Value::Map(&data, kAnyMapType));
}

TEST(Html, TemplatesAreEscapedForEachPlaceTheyAreUsedIn) {
  Check({{"{{define \"x\"}}{{.}}{{end}}{{template \"x\" .M.b}}<a title='{{template \"x\" .M.b}}' "
          "href='/?{{template \"x\" .M.b}}'><script>{{template \"x\" .M.b}}</script>",
          "&lt;2&gt;<a title='&lt;2&gt;' href='/?%3c2%3e'><script>\"\\u003c2\\u003e\"</script>"},
         {"{{define \"open\"}}<b title=\"{{end}}{{template \"open\"}}{{.M.b}}\">"
          "{{template \"open\"}}{{.M.b}}\">",
          "<b title=\"&lt;2&gt;\"><b title=\"&lt;2&gt;\">"},
         {"{{define \"r\"}}{{if .}}<i>{{template \"r\" 0}}</i>{{end}}{{end}}{{template \"r\" 1}}",
          "<i></i>"}});
}

TEST(Html, Errors) {
  Check({{"<a href=\"x",
          "html/template:t: ends in a non-text context: {stateURL delimDoubleQuote "
          "urlPartPreQuery jsCtxRegexp [] attrURL elementNone <nil>}"},
         {"{{if .T}}<a href=\"{{end}}x",
          "html/template:t:1:5: {{if}} branches end in different contexts: {stateURL "
          "delimDoubleQuote urlPartNone jsCtxRegexp [] attrURL elementNone <nil>}, {stateText "
          "delimNone urlPartNone jsCtxRegexp [] attrNone elementNone <nil>}"},
         {"{{range .L}}{{if .}}<a {{break}}{{end}}{{end}}",
          "html/template:t:1:25: at range loop break: {{range}} branches end in different "
          "contexts: {stateText delimNone urlPartNone jsCtxRegexp [] attrNone elementNone <nil>}, "
          "{stateTag delimNone urlPartNone jsCtxRegexp [] attrNone elementNone <nil>}"},
         {"<a b\"c>", "html/template:t: \"\\\"\" in attribute name: \" b\\\"c>\""},
         {"<a b=c=d>", "html/template:t: \"=\" in unquoted attr: \"c=d\""},
         {"{{.S | html | upper}}",
          "html/template:t:1:2: predefined escaper \"html\" disallowed in template"},
         {"{{template \"none\"}}", "html/template:t:1:11: no such template \"none\""}});
}

TEST(Html, PrepareGivesTheErrorOfExecute) {
  TemplateSet set(SampleFunctions(), {.html = true});
  ASSERT_TRUE(set.Parse("good", "<b>{{.}}</b>"));
  ASSERT_TRUE(set.Parse("bad", "\n<a href={{.}}"));
  ASSERT_TRUE(set.Prepare("good"));
  EXPECT_EQ(set.Execute("good", Value::String("<")).value(), "<b>&lt;</b>");
  auto prepared = set.Prepare("bad");
  ASSERT_FALSE(prepared.has_value());
  EXPECT_EQ(set.Execute("bad", Value()).error().message, prepared.error().message);
  // A later definition is not shadowed by what was prepared before.
  ASSERT_TRUE(set.Parse("good", "<i>{{.}}</i>"));
  EXPECT_EQ(set.Execute("good", Value::String("<")).value(), "<i>&lt;</i>");
}

TEST(HtmlParts, Attributes) {
  EXPECT_EQ(AttributeContent("href"), AttrContent::kUrl);
  EXPECT_EQ(AttributeContent("srclang"), AttrContent::kPlain);
  EXPECT_EQ(AttributeContent("data-src"), AttrContent::kUrl);
  EXPECT_EQ(AttributeContent("g:tweeturl"), AttrContent::kUrl);
  EXPECT_EQ(AttributeContent("xmlns:x"), AttrContent::kUrl);
  EXPECT_EQ(AttributeContent("onfoo"), AttrContent::kJs);
  EXPECT_EQ(AttributeContent("srcset"), AttrContent::kSrcset);
  EXPECT_TRUE(IsJsType(" Text/JavaScript; charset=utf-8"));
  EXPECT_FALSE(IsJsType("text/html"));
}

TEST(HtmlParts, SlashesInScripts) {
  for (std::string_view text : {"x + ", "(", "return", "x--- ", "{", "a,", "."}) {
    EXPECT_EQ(NextSlash(text, JsSlash::kDivision), JsSlash::kRegexp) << text;
  }
  for (std::string_view text : {"x", "x++", "42.", "a]", "f()", "noreturn"}) {
    EXPECT_EQ(NextSlash(text, JsSlash::kRegexp), JsSlash::kDivision) << text;
  }
  EXPECT_EQ(NextSlash(" \n", JsSlash::kUnknown), JsSlash::kUnknown);
}

TEST(HtmlParts, Css) {
  EXPECT_EQ(DecodeCss("a\\62 c\\0000641\\\"\\"), "abcd1\"");
  std::string decoded;
  EXPECT_TRUE(IsSafeCssValue("#fff -moz-x 50%", &decoded));
  EXPECT_FALSE(IsSafeCssValue("ex\\70 ression", &decoded));
  EXPECT_FALSE(IsSafeCssValue("-\\2d x", &decoded));
  EXPECT_FALSE(IsSafeCssValue("url(x)", &decoded));
}

TEST(HtmlParts, TagsAndEntities) {
  EXPECT_EQ(StripTags("<div title=\"1>2\">a<b>c</b> I <3 <script>alert('<b>')</script>d"),
            "ac I <3 d");
  EXPECT_EQ(StripTags("no tags"), "no tags");
  EXPECT_EQ(UnescapeEntities("&quot;&#39;&#x27;&lpar;&amp;lt;&lt&unknown;&"),
            "\"''(&lt;<&unknown;&");
}

}  // namespace
}  // namespace tocsin::gotemplate
