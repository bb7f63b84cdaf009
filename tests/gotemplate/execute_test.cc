#include "gotemplate/go_time.h"
#include "gotemplate/safe_types.h"
#include "tests/gotemplate/render.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace tocsin::gotemplate {
namespace {

void Check(std::initializer_list<RenderCase> cases, Options options = {}) {
  for (const RenderCase& c : cases)
    EXPECT_EQ(Render(c.text, SampleData(), options), c.want) << c.text;
}

TEST(Execute, Values) {
  Check(
      {{"{{.S}} {{.I}} {{.F}} {{.T}} {{.L}} {{.M}} {{.N}}",
        "abc 42 2.5 true [x y z] map[a:1 b:<2>] <no value>"},
       {"{{1}} {{1.5}} {{1e3}} {{'a'}} {{0x1F}} {{`r`}} {{true}}", "1 1.5 1000 97 31 r true"},
       {"{{1+2i}} {{2i}}", "(1+2i) (0+2i)"},
       {"{{.M.a}}{{$.M.b}}{{(.M).a}}", "1<2>1"},
       {"{{upper .S}} {{.S | upper}} {{join \"-\" .L}} {{.L | join \"+\"}}", "ABC ABC x-y-z x+y+z"},
       {"{{$x := 1}}{{$x}}{{$x = .S}}{{$x}}", "1abc"},
       {"{{($y := 2) | print}}{{$y}}", "22"}});
}

// What an instruction makes is dropped when it is through, unless a variable has it.
TEST(Execute, VariablesSetWithinAnExpressionKeepTheirValues) {
  Check({{R"({{($x := upper "abc")}}{{upper "q" | printf "%s-%s" $x}})", "ABCABC-Q"},
         {R"({{if ($x := upper "abc")}}{{upper "zz"}}{{$x}}{{end}})", "ZZABC"},
         {R"({{define "u"}}{{.}}{{end}}{{template "u" $x := (upper "ab")}}{{upper "cdefg"}}{{$x}})",
          "ABCDEFGAB"}});
}

TEST(Execute, ControlFlow) {
  Check({{"{{if .E}}a{{else if .S}}b{{else}}c{{end}}", "b"},
         {"{{with .M}}{{.a}}{{else}}-{{end}}{{with .E}}x{{else with .S}}{{.}}{{end}}", "1abc"},
         {"{{range .L}}{{.}}{{else}}-{{end}}{{range .N}}x{{else}}-{{end}}", "xyz-"},
         {"{{range $i, $e := .L}}{{$i}}{{$e}}{{end}}", "0x1y2z"},
         {"{{range $k, $v := .M}}{{$k}}{{$v}}{{end}}", "a1b<2>"},
         {"{{range 3}}{{.}}{{end}}{{range -1}}x{{else}}-{{end}}", "012-"},
         {"{{range $i := 5}}{{if eq $i 1}}{{continue}}{{end}}{{if eq $i 3}}{{break}}{{end}}{{$i}}"
          "{{end}}",
          "02"},
         {"{{range .L}}{{with $.M}}{{if eq .a \"1\"}}{{break}}{{end}}{{end}}x{{end}}{{.S}}", "abc"},
         {"{{range 2}}{{with $.S}}{{range 2}}{{continue}}{{end}}{{.}}{{continue}}{{end}}{{end}}"
          "{{.I}}",
          "abcabc42"},
         {"{{$n := 0}}{{range .L}}{{$n = len (print $n .)}}{{end}}{{$n}}", "2"},
         {"{{define \"r\"}}{{.}}{{if gt . 0}}{{template \"r\" (len (slice \"abc\" 0 . | "
          "printf \"%.*s\" 1))}}{{end}}{{end}}{{template \"r\" 0}}",
          "0"},
         {"{{block \"b\" .S}}[{{.}}{{$}}]{{end}}", "[abcabc]"}});
}

TEST(Execute, AndOrStopEarly) {
  Check({{"{{or .S fail}}{{and .E fail}}", "abc"},
         {"{{and 1 .S}} {{or 0 .E .I}} {{.S | or 0}}", "abc 42 abc"},
         {"{{and 1 fail}}",
          "template: t:1:8: executing \"t\" at <fail>: error calling fail: no luck"}});
}

TEST(Execute, Errors) {
  Check(
      {{"{{.S.x}}",
        "template: t:1:4: executing \"t\" at <.S.x>: can't evaluate field x in type interface "
        "{}"},
       {"\n {{index .L 9}}",
        "template: t:2:3: executing \"t\" at <index .L 9>: error calling index: index out of "
        "range: 9"},
       {"{{upper 1}}", "template: t:1:8: executing \"t\" at <1>: expected string; found 1"},
       {"{{upper .I}}",
        "template: t:1:8: executing \"t\" at <.I>: wrong type for value; expected string; got "
        "int"},
       {"{{upper nil}}", "template: t:1:8: executing \"t\" at <nil>: cannot assign nil to string"},
       {"{{.N.x | upper}}",
        "template: t:1:4: executing \"t\" at <.N.x>: nil pointer evaluating interface {}.x"},
       {"{{upper}}",
        "template: t:1:2: executing \"t\" at <upper>: wrong number of args for upper: want 1 "
        "got 0"},
       {"{{.S 1}}",
        "template: t:1:2: executing \"t\" at <.S>: S is not a method but has arguments"},
       {"{{1 2}}",
        "template: t:1:2: executing \"t\" at <1>: can't give argument to non-function "
        "1"},
       {"{{$z = 1}}", "template: t:1:7: executing \"t\" at <1>: undefined variable: $z"},
       {"{{9223372036854775808}}",
        "template: t:1:2: executing \"t\" at <9223372036854775808>: 9223372036854775808 "
        "overflows int"},
       {"{{nil.x}}", "template: t:1: unexpected . after term \"nil\""},
       {"{{template \"none\"}}",
        "template: t:1:11: executing \"t\" at <{{template \"none\"}}>: template \"none\" not "
        "defined"},
       {"{{range .F}}{{end}}",
        "template: t:1:8: executing \"t\" at <.F>: range can't iterate over 2.5"}});
}

TEST(Execute, MissingKeys) {
  Check({{"{{.Nope}}|{{.M.nope}}|{{.Nope.x}}", "<no value>|<no value>|<no value>"}});
  Check({{"{{.Nope}}|{{.M.nope}}", "<no value>|"}}, {.missing_key = MissingKey::kZero});
  Check({{"{{.M.nope}}",
          "template: t:1:4: executing \"t\" at <.M.nope>: map has no entry for key \"nope\""}},
        {.missing_key = MissingKey::kError});
}

TEST(Execute, ErrorsKnowTheirPlaceAndWhatWasWritten) {
  TemplateSet set(SampleFunctions());
  ASSERT_TRUE(set.Parse("file.tmpl", "{{define \"a\"}}\n  {{fail}}{{end}}"));
  ASSERT_TRUE(set.Parse("t", "before{{template \"a\"}}"));
  auto output = set.Execute("t", Value());
  ASSERT_FALSE(output.has_value());
  EXPECT_EQ(output.error().message,
            "template: file.tmpl:2:4: executing \"a\" at <fail>: error calling fail: no luck");
  EXPECT_EQ(output.error().place.name, "file.tmpl");
  EXPECT_EQ(output.error().place.line, 2);
  EXPECT_EQ(output.error().place.column, 4);
  EXPECT_EQ(output.error().partial_output, "before\n  ");
}

// A struct with methods behind a pointer.
class Counter final : public StructObject {
 public:
  Value Field(std::size_t index, Arena&) const override {
    return index == 0 ? Value::Int(7) : Value::String("hidden");
  }
};
Result<Value> Plus(const Value& self, std::span<const Value> args, Context& context) {
  return Value::Int(self.AsStruct()->Field(0, context.arena()).AsInt() + args[0].AsInt());
}
void CounterText(const Value&, std::string* out) {
  out->append("counter");
}
constexpr std::array<FieldInfo, 2> kCounterFields{{{"Count", &kIntType}, {"secret", &kStringType}}};
constexpr std::array<const Type*, 1> kTakesInt{&kIntType};
constexpr std::array<Method, 1> kCounterMethods{
    {{.name = "Plus", .call = Plus, .params = kTakesInt}}};
constexpr Type kCounterType{.kind = Kind::kStruct,
                            .name = "test.Counter",
                            .named = true,
                            .fields = kCounterFields,
                            .methods = kCounterMethods,
                            .text = CounterText};
constexpr Type kCounterPointerType{
    .kind = Kind::kPointer, .name = "*test.Counter", .elem = &kCounterType};

TEST(Execute, StructsMethodsAndPointers) {
  Counter counter;
  const RenderCase kCases[] = {
      {"{{.Count}} {{.Plus 3}} {{2 | .Plus}} {{.}} {{printf \"%T\" .}}",
       "7 10 9 counter "
       "*test.Counter"},
      {"{{.secret}}",
       "template: t:1:2: executing \"t\" at <.secret>: secret is an unexported "
       "field of struct type *test.Counter"},
      {"{{.Nope}}",
       "template: t:1:2: executing \"t\" at <.Nope>: can't evaluate field Nope in "
       "type *test.Counter"},
      {"{{.Plus}}",
       "template: t:1:2: executing \"t\" at <.Plus>: wrong number of args for Plus: "
       "want 1 got 0"},
      {"{{.Plus \"x\"}}",
       "template: t:1:8: executing \"t\" at <\"x\">: expected integer; found "
       "\"x\""},
      {"{{.Count 1}}",
       "template: t:1:2: executing \"t\" at <.Count>: Count has arguments but "
       "cannot be invoked as function"},
  };
  Value pointer = Value::Pointer(&counter, kCounterPointerType);
  for (const RenderCase& c : kCases) EXPECT_EQ(Render(c.text, pointer), c.want) << c.text;
  Value none = Value::Pointer(nullptr, kCounterPointerType);
  EXPECT_EQ(Render("{{.}}{{if .}}x{{end}}", none), "<nil>");
  EXPECT_EQ(Render("{{.Count}}", none),
            "template: t:1:2: executing \"t\" at <.Count>: nil pointer evaluating "
            "*test.Counter.Count");
}

// One place of a template that meets values of several types, in turn and from several threads.
TEST(Execute, OnePlaceForManyTypes) {
  static constexpr std::array<FieldInfo, 1> kOtherFields{{{"Count", &kStringType}}};
  static constexpr Type kOtherType{
      .kind = Kind::kStruct, .name = "test.Other", .named = true, .fields = kOtherFields};
  class Other final : public StructObject {
   public:
    Value Field(std::size_t, Arena&) const override { return Value::String("other"); }
  };
  Counter counter;
  Other other;
  ValueMap map({{Value::String("Count"), Value::String("map")}});
  const std::vector<Value> values = {Value::Struct(&counter, kCounterType),
                                     Value::Struct(&other, kOtherType),
                                     Value::Map(&map, kStringMapType),
                                     Value::Struct(&other, kOtherType),
                                     Value::Pointer(&counter, kCounterPointerType),
                                     Value::Map(nullptr, kStringMapType),
                                     Value::Struct(&counter, kCounterType)};
  const Value list = Value::List(values);
  EXPECT_EQ(Render("{{range .}}{{.Count}} {{end}}", list), "7 other map other 7 <no value> 7 ");
  EXPECT_EQ(Render("{{range $x := .}}{{$x.Count | printf \"%v\"}} {{end}}", list),
            "7 other map other 7 <nil> 7 ");
  EXPECT_EQ(Render("{{range .}}{{.Count}} {{.Plus 1}} {{end}}", list),
            "template: t:1:24: executing \"t\" at <.Plus>: can't evaluate field Plus in type "
            "interface {}");

  TemplateSet set(SampleFunctions());
  ASSERT_TRUE(set.Parse("t", "{{range .}}{{.Count}} {{end}}"));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 500; ++j) {
        if (set.Execute("t", list).value() != "7 other map other 7 <no value> 7 ") ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Execute, FunctionsThatWrite) {
  Check(
      {{"{{twice `a`}}|{{twice `b` | upper}}|{{`c` | twice | twice}}|{{len (twice `d`)}}",
        "aa|BB|cccc|2"},
       {"{{$x := twice `a`}}{{$x}}{{if twice ``}}x{{end}}{{with twice `b`}}{{.}}{{end}}", "aabb"}});
  TemplateSet set(SampleFunctions());
  ASSERT_TRUE(set.Parse("t", "before {{twice `bad`}}"));
  const auto output = set.Execute("t", Value());
  ASSERT_FALSE(output.has_value());
  EXPECT_EQ(output.error().message,
            "template: t:1:9: executing \"t\" at <twice `bad`>: error calling twice: no more");
  EXPECT_EQ(output.error().partial_output, "before ");
}

TEST(Execute, FunctionsThatExecuteTemplates) {
  Check({{"{{define `a`}}[{{.}}]{{end}}{{nested `a` 1}}{{nested `a` `x` | upper}}", "[1][X]"},
         {"{{nested `none` 1}}",
          "template: t:1:2: executing \"t\" at <nested `none` 1>: error calling nested: template: "
          "no template \"none\" is defined"}});
  EXPECT_EQ(RenderHtml("{{define `a`}}<b>{{.}}</b>{{end}}{{nested `a` `&`}}"),
            "&lt;b&gt;&amp;amp;&lt;/b&gt;");
}

TEST(Execute, FunctionValues) {
  Function add{.name = "add",
               .params = {&kIntType, &kIntType},
               .call = [](std::span<const Value> args, Context&) -> Result<Value> {
                 return Value::Int(args[0].AsInt() + args[1].AsInt());
               }};
  ValueMap data({{Value::String("add"), Value::Func(&add)}});
  Value dot = Value::Map(&data, kAnyMapType);
  EXPECT_EQ(Render("{{call .add 1 2}}", dot), "3");
  EXPECT_EQ(Render("{{call .add 1}}", dot),
            "template: t:1:2: executing \"t\" at <call .add 1>: error calling call: wrong number "
            "of args for .add: got 1 want 2");
  EXPECT_EQ(Render("{{call .add 1 \"x\"}}", dot),
            "template: t:1:2: executing \"t\" at <call .add 1 \"x\">: error calling call: arg 1: "
            "value has type string; should be int");
  EXPECT_EQ(Render("{{call .nope}}", dot),
            "template: t:1:2: executing \"t\" at <call .nope>: error calling call: call of nil");
}

TEST(TemplateSet, LaterDefinitionsReplaceEarlierOnesUnlessEmpty) {
  TemplateSet set(SampleFunctions());
  ASSERT_TRUE(set.Parse("one", "{{define \"a\"}}1{{end}}"));
  ASSERT_TRUE(set.Parse("two", "{{define \"a\"}}2{{end}}"));
  ASSERT_TRUE(set.Parse("three", "{{define \"a\"}} \n {{end}}"));
  EXPECT_EQ(set.Execute("a", Value()).value(), "2");
  EXPECT_EQ(set.Names(), (std::vector<std::string>{"a", "one", "three", "two"}));
}

TEST(TemplateSet, AFailedParseChangesNothing) {
  TemplateSet set(SampleFunctions());
  ASSERT_TRUE(set.Parse("a", "1"));
  auto parsed = set.Parse("b", "{{define \"a\"}}2{{end}}\n{{oops}}");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().place.line, 2);
  EXPECT_EQ(parsed.error().place.name, "b");
  EXPECT_EQ(set.Execute("a", Value()).value(), "1");
  EXPECT_FALSE(set.Has("b"));
  EXPECT_EQ(set.Execute("b", Value()).error().message, "template: no template \"b\" is defined");
}

TEST(TemplateSet, CopiesAndLayersAreIndependent) {
  auto base = std::make_shared<TemplateSet>(SampleFunctions());
  ASSERT_TRUE(base->Parse("a", "base"));
  ASSERT_TRUE(base->Parse("show", "{{template \"a\"}}"));
  TemplateSet copy = *base;
  TemplateSet layer{std::shared_ptr<const TemplateSet>(base)};
  ASSERT_TRUE(copy.Parse("a", "copy"));
  ASSERT_TRUE(layer.Parse("a", "layer"));
  EXPECT_EQ(base->Execute("show", Value()).value(), "base");
  EXPECT_EQ(copy.Execute("show", Value()).value(), "copy");
  EXPECT_EQ(layer.Execute("show", Value()).value(), "layer");
}

TEST(TemplateSet, KnowsWhatIsPure) {
  TemplateSet set(SampleFunctions());
  ASSERT_TRUE(set.Parse("pure", "{{template \"leaf\"}}{{define \"leaf\"}}{{upper \"x\"}}{{end}}"));
  ASSERT_TRUE(set.Parse("deep",
                        "{{template \"now\"}}{{define \"now\"}}{{if 0}}{{clock}}{{end}}"
                        "{{end}}"));
  ASSERT_TRUE(set.Parse("open", "{{template \"none\"}}"));
  ASSERT_TRUE(set.Parse("loop", "{{template \"loop\"}}"));
  EXPECT_TRUE(set.IsPure("pure"));
  EXPECT_FALSE(set.IsPure("deep"));
  EXPECT_FALSE(set.IsPure("open"));
  EXPECT_TRUE(set.IsPure("loop"));
}

TEST(TemplateSet, FunctionsGetTheCallersPointer) {
  TemplateSet set(SampleFunctions());
  ASSERT_TRUE(set.Parse("t", "{{clock}}"));
  int now = 17;
  EXPECT_EQ(set.Execute("t", Value(), {}, &now).value(), "17");
}

TEST(TemplateSet, ExecutesFromManyThreadsAtOnce) {
  for (bool html : {false, true}) {
    TemplateSet set(SampleFunctions(), {.html = html});
    ASSERT_TRUE(set.Parse("t",
                          "{{range $k, $v := .M}}{{template \"x\" $v}}{{end}}"
                          "{{define \"x\"}}[{{printf \"%03d\" (len .)}}]{{end}}"));
    std::array<std::string, 4> outputs;
    std::vector<std::thread> threads;
    for (std::string& output : outputs) {
      threads.emplace_back([&set, &output] {
        for (int i = 0; i < 100; ++i) output = set.Execute("t", SampleData()).value();
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& output : outputs) EXPECT_EQ(output, "[001][003]");
  }
}

TEST(Values, ZeroTruthAndAssignability) {
  for (const Type* type : {&kBoolType, &kIntType, &kUint8Type, &kFloat64Type, &kComplex128Type,
                           &kStringType, &kAnyListType, &kStringMapType, &kFuncType}) {
    EXPECT_FALSE(Value::Zero(*type).Truth()) << type->name;
    EXPECT_EQ(Value::Zero(*type).type(), type);
  }
  EXPECT_FALSE(Value::Zero(kAnyType).has_value());
  EXPECT_TRUE(Value::Float(NAN).Truth());
  EXPECT_TRUE(Value::String("0").Truth());
  EXPECT_TRUE(Assignable(kStringType, kAnyType));
  EXPECT_FALSE(Assignable(kDurationType, kInt64Type));
  EXPECT_FALSE(Assignable(kHtmlType, kStringType));
  constexpr Type kNamedList{
      .kind = Kind::kList, .name = "test.Names", .named = true, .elem = &kStringType};
  EXPECT_TRUE(Assignable(kNamedList, kStringListType));
  EXPECT_FALSE(Assignable(kStringListType, kAnyListType));
}

TEST(Values, MapsSortTheirKeysAndKeepTheLastOfEqualOnes) {
  ValueMap map({{Value::Int(10), Value::String("ten")},
                {Value::Int(2), Value::String("two")},
                {Value::Int(10), Value::String("again")}});
  constexpr Type kType{
      .kind = Kind::kMap, .name = "map[int]string", .elem = &kStringType, .key = &kIntType};
  EXPECT_EQ(PrintValue(Value::Map(&map, kType)), "map[2:two 10:again]");
}

}  // namespace
}  // namespace tocsin::gotemplate
