#include "gotemplate/format.h"

#include "gotemplate/arena.h"
#include "gotemplate/template.h"
#include "tests/gotemplate/render.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tocsin::gotemplate {
namespace {

std::string Format(std::string_view format, std::vector<Value> args) {
  return Sprintf(format, args);
}

struct FormatCase {
  std::string_view format;
  std::vector<Value> args;
  std::string_view want;
};

void Check(const std::vector<FormatCase>& cases) {
  for (const FormatCase& c : cases) EXPECT_EQ(Format(c.format, c.args), c.want) << c.format;
}

TEST(Format, Integers) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  Check({{"%d|%5d|%-5d|%05d|%+d|% d", std::vector<Value>(6, Value::Int(42)),
          "42|   42|42   |00042|+42| 42"},
         {"%x|%X|%#x|%o|%#o|%O|%b|%#b", std::vector<Value>(8, Value::Int(-10)),
          "-a|-A|-0xa|-12|-012|-0o12|-1010|-0b1010"},
         {"%d", {Value::Int(kMin)}, "-9223372036854775808"},
         {"%.3d|%8.3d|%08.3d|%.0d|",
          {Value::Int(7), Value::Int(7), Value::Int(7), Value::Int(0)},
          "007|     007|     007||"},
         {"%c|%q|%U|%#U", std::vector<Value>(4, Value::Int(0x65E5)), "日|'日'|U+65E5|U+65E5 '日'"},
         {"%c|%q", {Value::Int(-1), Value::Int(0xD800)}, "\xEF\xBF\xBD|'\xEF\xBF\xBD'"},
         {"%v|%#v", {Value::Uint(10), Value::Uint(10)}, "10|0xa"},
         {"%s|%e", {Value::Int(1), Value::Int(1, kInt8Type)}, "%!s(int=1)|%!e(int8=1)"}});
}

TEST(Format, Floats) {
  Check({{"%v|%v|%v|%v",
          {Value::Float(1e6), Value::Float(123456.0), Value::Float(1e-5),
           Value::Float(0.1F, kFloat32Type)},
          "1e+06|123456|1e-05|0.1"},
         {"%.2f|%8.3f|%-8.1f|%+.0f|%08.2f", std::vector<Value>(5, Value::Float(-3.14159)),
          "-3.14|  -3.142|-3.1    |-3|-0003.14"},
         {"%e|%.1E|%g|%.3g|%G", std::vector<Value>(5, Value::Float(1234567.0)),
          "1.234567e+06|1.2E+06|1.234567e+06|1.23e+06|1.234567E+06"},
         {"%.3f|%.1f|%.0f",
          {Value::Float(2.0005), Value::Float(0.25), Value::Float(2.5)},
          "2.001|0.2|2"},
         {"%v|%+v|%05.1f|% f|%6.2f",
          {Value::Float(INFINITY), Value::Float(NAN), Value::Float(-INFINITY), Value::Float(NAN),
           Value::Float(INFINITY)},
          "+Inf|NaN| -Inf| NaN|  +Inf"},
         {"%x|%X|%.2x|%b", std::vector<Value>(4, Value::Float(1.5)),
          "0x1.8p+00|0X1.8P+00|0x1.80p+00|6755399441055744p-52"},
         {"%#g|%#.3f|%#v", {Value::Float(1), Value::Float(1), Value::Float(1)}, "1.00000|1.000|1"},
         {"%f", {Value::Float(1e22)}, "10000000000000000000000.000000"},
         {"%v", {Value::Float(-0.0)}, "-0"},
         {"%v|%.1f", {Value::Complex({1, -2}), Value::Complex({1, 2})}, "(1-2i)|(1.0+2.0i)"},
         {"%d", {Value::Float(3)}, "%!d(float64=3)"}});
}

TEST(Format, Strings) {
  Value text = Value::String("héy");
  Check({{"%s|%6s|%-6s|%.2s|%06s", std::vector<Value>(5, text), "héy|   héy|héy   |hé|000héy"},
         {"%q|%+q|%#q|%x|% X|%# x", std::vector<Value>(6, text),
          "\"héy\"|\"h\\u00e9y\"|`héy`|68c3a979|68 C3 A9 79|0x68 0xc3 0xa9 0x79"},
         {"%q", {Value::String("a\x01\xff\"\n")}, "\"a\\x01\\xff\\\"\\n\""},
         {"%#q", {Value::String("a`b")}, "\"a`b\""},
         {"%d|%t", {text, text}, "%!d(string=héy)|%!t(string=héy)"},
         {"%5t|%v", {Value::Bool(true), Value::Bool(false)}, " true|false"}});
}

TEST(Format, ListsAndMaps) {
  std::vector<Value> elements{Value::Int(1), Value::String("a"), Value()};
  Value list = Value::List(elements);
  ValueMap map(
      {{Value::String("b"), Value::String("2")}, {Value::String("a"), Value::String("1")}});
  Value pairs = Value::Map(&map, kStringMapType);
  std::vector<Value> octets{Value::Uint('h', kUint8Type), Value::Uint('i', kUint8Type)};
  Value bytes = Value::List(octets, kBytesType);
  Check({{"%v|%d|%03v", {list, list, list}, "[1 a <nil>]|[1 %!d(string=a) <nil>]|[001 00a <nil>]"},
         {"%#v", {list}, "[]interface {}{1, \"a\", interface {}(nil)}"},
         {"%v|%#v|%q",
          {pairs, pairs, pairs},
          "map[a:1 b:2]|map[string]string{\"a\":\"1\", \"b\":\"2\"}|map[\"a\":\"1\" \"b\":\"2\"]"},
         {"%v|%s|%x|%q|%d", std::vector<Value>(5, bytes), "[104 105]|hi|6869|\"hi\"|[104 105]"},
         {"%v|%#v",
          {Value::Zero(kAnyMapType), Value::Zero(kAnyMapType)},
          "map[]|map[string]interface {}(nil)"},
         {"%T|%T|%T|%T",
          {list, pairs, bytes, Value()},
          "[]interface {}|map[string]string|[]uint8|<nil>"}});
}

TEST(Format, Complaints) {
  Value one = Value::Int(1);
  Check({{"%d %d", {one}, "1 %!d(MISSING)"},
         {"%d", {one, Value::String("x"), Value()}, "1%!(EXTRA string=x, <nil>)"},
         {"%", {one}, "%!(NOVERB)%!(EXTRA int=1)"},
         {"%z|%!", {one, one}, "%!z(int=1)|%!!(int=1)"},
         {"%[2]d %[1]d", {one, Value::Int(2)}, "2 1"},
         {"%[3]d|%[x]d|%[]d|%[1", {one}, "%!d(BADINDEX)|%!d(BADINDEX)|%!d(BADINDEX)|%!(NOVERB)"},
         {"%[1]*d|%[2]*[1]d", {Value::Int(3), Value::Int(5)}, "  5|    3"},
         {"%*d|%-*d|", {Value::Int(4), one, Value::Int(4), one}, "   1|1   |"},
         {"%*d", {Value::Int(-4), one}, "1   "},
         {"%*d", {Value::String("x"), one}, "%!(BADWIDTH)1"},
         {"%.*f", {Value::Int(-1), Value::Float(1)}, "%!(BADPREC)1.000000"},
         {"%.*f", {Value::Int(2), Value::Float(1)}, "1.00"},
         {"%99999999d", {one}, "%!(NOVERB)%!(EXTRA int=1)"},
         {"%%|%5%", {}, "%|%"},
         {"%v|%s|%d", {Value(), Value(), Value()}, "<nil>|%!s(<nil>)|%!d(<nil>)"},
         {"%w", {one}, "%!w(int=1)"}});
}

TEST(Format, PrintPutsSpacesBetweenWhatIsNoString) {
  std::string out;
  Arena arena;
  std::vector<Value> args{Value::Int(1), Value::Int(2), Value::String("a"), Value::Bool(true),
                          Value()};
  Formatter(&out, 1000, &arena).Print(args);
  EXPECT_EQ(out, "1 2atrue <nil>");
  out.clear();
  Formatter(&out, 1000, &arena).Println(args);
  EXPECT_EQ(out, "1 2 a true <nil>\n");
}

TEST(Format, StopsAtItsLimit) {
  std::string out;
  Arena arena;
  std::vector<Value> many(100'000, Value::String("0123456789"));
  Value list = Value::List(many);
  Formatter formatter(&out, 1000, &arena);
  formatter.PrintOne(list);
  EXPECT_TRUE(formatter.exceeded());
  EXPECT_LT(out.size(), 2000U);
}

TEST(Format, DeepNestingEnds) {
  Arena arena;
  Value value = Value::Int(1);
  for (int i = 0; i < 200'000; ++i) {
    std::span<Value> one = arena.Array<Value>(1);
    one[0] = value;
    value = Value::List(one);
  }
  std::string out;
  Formatter formatter(&out, 1'000'000, &arena);
  formatter.PrintOne(value);
  EXPECT_TRUE(formatter.exceeded());
}

}  // namespace
}  // namespace tocsin::gotemplate
