#include "notifiers/mail_address.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tocsin::notifiers {
namespace {

TEST(MailAddress, ParsesLists) {
  const std::vector<std::pair<std::string, std::vector<MailAddress>>> cases = {
      {"a@example.org", {{"", "a@example.org"}}},
      {"  <a.b+c@example.org>\n", {{"", "a.b+c@example.org"}}},
      {"On Call <a@b.c>, d@e.f", {{"On Call", "a@b.c"}, {"", "d@e.f"}}},
      {"\"Doe, \\\"J\\\"\" <j@x.y>", {{"Doe, \"J\"", "j@x.y"}}},
      {"Dr. No <no@x.y>", {{"Dr. No", "no@x.y"}}},
      {"a@b.c,,d@e.f,", {{"", "a@b.c"}, {"", "d@e.f"}}},
      {"a@b.c (work (main)), (x) d@e.f", {{"", "a@b.c"}, {"", "d@e.f"}}},
      {"team: a@b.c, Dee <d@e.f>; , g@h.i", {{"", "a@b.c"}, {"Dee", "d@e.f"}, {"", "g@h.i"}}},
      {"\"a b\"@c.d, \"plain\"@c.d", {{"", "\"a b\"@c.d"}, {"", "plain@c.d"}}},
      {"a@[192.0.2.1]", {{"", "a@[192.0.2.1]"}}},
      {"Дежурный <д@пример.рф>", {{"Дежурный", "д@пример.рф"}}},
      {"root@localhost", {{"", "root@localhost"}}},
  };
  for (const auto& [text, addresses] : cases) {
    const auto parsed = ParseMailAddresses(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, addresses) << text;
  }
}

TEST(MailAddress, RefusesWhatIsNone) {
  for (const char* text : {"",
                           " ",
                           ",",
                           "a",
                           "a@",
                           "@b",
                           "a@b c",
                           "a@@b",
                           "<a@b",
                           "a@b>",
                           "Name a@b.c",
                           "a..b@c.d",
                           ".a@b.c",
                           "a@b..c",
                           "\"a@b.c",
                           "a@b.c (",
                           "team: a@b.c",
                           ":a@b.c;",
                           "a@b.c\nBcc: x@y.z",
                           "a@b.c\r\n,d@e.f",
                           "<a@b.c>\x01",
                           "\xff@b.c",
                           "a@[1.2.3.4",
                           "a: b: c@d.e;;"}) {
    EXPECT_FALSE(ParseMailAddresses(text)) << text;
  }
}

}  // namespace
}  // namespace tocsin::notifiers
