#include "base/redaction.h"

#include "base/base64.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

TEST(Redaction, HidesASecretInAllItsForms) {
  Redaction secrets;
  secrets.Add("p\"a/s+s w\\rd");
  struct Case {
    std::string text, shown;
  };
  const std::vector<Case> cases = {
      {"", ""},
      {"nothing of it", "nothing of it"},
      {"p\"a/s+s w\\rd p\"a/s+s w\\rd", "<redacted> <redacted>"},
      {R"({"sent":"p\"a/s+s w\\rd"})", R"({"sent":"<redacted>"})"},
      {R"({"sent":"p\"a\/s+s w\\rd"})", R"({"sent":"<redacted>"})"},
      {"a=p%22a%2Fs%2Bs+w%5Crd&b", "a=<redacted>&b"},
      {"a=p%22a%2fs%2bs+w%5crd&b", "a=<redacted>&b"},
      {"/p%22a%2Fs%2Bs%20w%5Crd/", "/<redacted>/"},
      {"/p%22a%2fs%2bs%20w%5crd/", "/<redacted>/"},
      {"cCJhL3MrcyB3XHJk.", "<redacted>."},
  };
  for (const Case& c : cases) EXPECT_EQ(secrets.Apply(c.text), c.shown) << c.text;
}

TEST(Redaction, TakesThePaddingOfBase64Along) {
  for (const char* secret : {"hunter2", "hunter22", "hunter222", "\xff\xfe?>\xff~~"}) {
    Redaction secrets;
    secrets.Add(secret);
    std::string padded = Base64Encode(secret);
    EXPECT_EQ(secrets.Apply(padded + "."), "<redacted>.");
    for (char& c : padded) c = c == '+' ? '-' : c == '/' ? '_' : c;
    padded.resize(padded.find_last_not_of('=') + 1);
    EXPECT_EQ(secrets.Apply(padded + "."), "<redacted>.") << "of URLs";
  }
}

TEST(Redaction, ASecretMayBeAPartOfAnother) {
  Redaction secrets;
  secrets.Add("hunter");
  secrets.Add("hunter2hunter2");
  EXPECT_EQ(secrets.Apply("hunter2hunter2 hunter2"), "<redacted> <redacted>2");
}

TEST(Redaction, LeavesShortOnesAlone) {
  Redaction secrets;
  secrets.Add("admin");
  secrets.Add("");
  EXPECT_TRUE(secrets.empty());
  EXPECT_EQ(secrets.Apply("the admin says no"), "the admin says no");
}

TEST(Redaction, OfHeaders) {
  struct Case {
    const char *name, *value, *text, *shown;
  };
  const Case cases[] = {
      {"Authorization", "Bearer t0ken-1", "bad t0ken-1", "bad <redacted>"},
      {"authorization", "t0ken-1", "bad t0ken-1", "bad <redacted>"},
      // user:hunter2
      {"Authorization", "Basic dXNlcjpodW50ZXIy", "hunter2 of user, dXNlcjpodW50ZXIy",
       "<redacted> of user, <redacted>"},
      {"Authorization", "Basic dXNlcjpodW50ZXIy", "user:hunter2", "<redacted>"},
      // token-of-user:
      {"Authorization", "Basic dG9rZW4tb2YtdXNlcjo=", "no token-of-user", "no <redacted>"},
      {"Authorization", "Basic ?", "no ?", "no ?"},
      {"X-Api-Key", "abcdef", "key abcdef", "key <redacted>"},
      {"X-Scope-OrgID", "tenant-1", "no tenant-1", "no tenant-1"},
  };
  for (const Case& c : cases) {
    Redaction secrets;
    secrets.AddHeader(c.name, c.value);
    EXPECT_EQ(secrets.Apply(c.text), c.shown) << c.name << c.value;
  }
}

TEST(Redaction, OfUrls) {
  struct Case {
    const char *url, *text, *shown;
  };
  const Case cases[] = {
      {"https://user:hunter2@h/api", "hunter2 of user", "<redacted> of user"},
      {"https://t0ken-1@h", "t0ken-1", "<redacted>"},
      {"https://u:p%40ssword@h/", "p@ssword p%40ssword", "<redacted> <redacted>"},
      {"https://h/?query=up%3D%3D0&access_token=a%2Bbcdef#token=fragment",
       "up==0 up%3D%3D0 a+bcdef a%2Bbcdef fragment",
       "up==0 up%3D%3D0 <redacted> <redacted> fragment"},
      {"https://h?key=abcdef", "abcdef", "<redacted>"},
      {"https://h/a@b?token", "a@b token", "a@b token"},
      {"hunter2", "hunter2", "hunter2"},
      {"", "", ""},
  };
  for (const Case& c : cases) {
    Redaction secrets;
    secrets.AddUrl(c.url);
    EXPECT_EQ(secrets.Apply(c.text), c.shown) << c.url;
  }
}

}  // namespace
}  // namespace tocsin
