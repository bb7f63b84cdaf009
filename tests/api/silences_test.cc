#include "api/silences.h"

#include "tests/api/api_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <semaphore>
#include <string>
#include <utility>

namespace tocsin::api {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr const char* kConfig = "route: {receiver: r}\nreceivers: [{name: r}]\n";
constexpr const char* kUnknown = "001d9e6b-d283-4121-84b4-a66a52ea7add";

class SilencesApiTest : public ApiFixture {
 protected:
  explicit SilencesApiTest(core::Store* store = nullptr) : ApiFixture(store) {}

  HttpResponse Post(std::string body) {
    return Ask("POST", "/api/v2/silences", std::move(body), {{"Content-Type", "application/json"}});
  }
  // The id in effect. `rest` are more members.
  std::string Create(const std::string& rest = "", const std::string& starts = "01:15:23",
                     const std::string& ends = "02:15:23", const std::string& value = "a") {
    const HttpResponse response = Post(Body(rest, starts, ends, value));
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_THAT(response.body, MatchesRegex("\\{\"silenceID\":\"[0-9a-f-]{36}\"\\}\n"));
    return response.body.substr(14, 36);
  }
  static std::string Body(const std::string& rest = "", const std::string& starts = "01:15:23",
                          const std::string& ends = "02:15:23", const std::string& value = "a") {
    return R"({"comment":"c","createdBy":"me","startsAt":"2026-11-21T)" + starts +
           R"(Z","endsAt":"2026-11-21T)" + ends + R"(Z","matchers":[{"name":"team","value":")" +
           value + R"(","isRegex":false}])" + rest + "}";
  }
};

TEST_F(SilencesApiTest, ComeBackAsAlertmanagerShowsThem) {
  Start(kConfig);
  EXPECT_EQ(Get("/api/v2/silences").body, "[]\n");
  const std::string id = Create(R"(,"annotations":{"k":"v"})");
  const std::string shown =
      R"({"id":")" + id +
      R"(","status":{"state":"active"},"updatedAt":"2026-11-21T01:15:23.902Z",)"
      R"("annotations":{"k":"v"},"comment":"c","createdBy":"me",)"
      R"("endsAt":"2026-11-21T02:15:23.000Z",)"
      R"("matchers":[{"isEqual":true,"isRegex":false,"name":"team","value":"a"}],)"
      R"("startsAt":"2026-11-21T01:15:23.902Z"})";
  HttpResponse response = Get("/api/v2/silence/" + id);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(FindHeader(response.headers, "Content-Type"), "application/json");
  EXPECT_EQ(response.body, shown + "\n");
  EXPECT_EQ(Get("/api/v2/silences/").body, "[" + shown + "]\n");
  EXPECT_EQ(Get("/api/v2/silence/" + id + "/").body, shown + "\n");
  const std::string without = Create();
  EXPECT_EQ(Get("/api/v2/silence/" + without).body.find("annotations"), std::string::npos);
}

TEST_F(SilencesApiTest, ChangesUnderTheSameIdOrAnother) {
  Start(kConfig);
  const std::string id = Create("", "03:00:00", "04:00:00");
  EXPECT_EQ(Create(R"(,"id":")" + id + "\"", "03:00:00", "05:00:00"), id);
  EXPECT_THAT(Get("/api/v2/silence/" + id).body, HasSubstr("05:00:00.000Z"));
  const std::string other = Create(R"(,"id":")" + id + "\"", "03:00:00", "05:00:00", "b");
  EXPECT_NE(other, id);
  EXPECT_THAT(Get("/api/v2/silence/" + id).body, HasSubstr(R"("state":"expired")"));
  EXPECT_THAT(Get("/api/v2/silence/" + other).body, HasSubstr(R"("state":"pending")"));
}

TEST_F(SilencesApiTest, RefusesInAlertmanagersWords) {
  Start(kConfig);
  struct Case {
    std::string body;
    int status;
    const char* answer;
  };
  const Case cases[] = {
      {"", 422, R"({"code":602,"message":"silence in body is required"})"},
      {"{}", 422, R"({"code":602,"message":"comment in body is required"})"},
      {Body("", "02:15:23", "02:15:23"), 400,
       "\"Failed to create silence: start time must be before end time\"\n"},
      {Body("", "00:15:23", "01:15:23"), 400,
       "\"Failed to create silence: end time can't be in the past\"\n"},
      {Body("", "01:15:23", "02:15:23", ""), 400,
       "\"invalid silence: matcher set 0: at least one matcher must not match the empty "
       "string\"\n"},
      {Body(R"(,"matchers":[{"name":"","value":"x","isRegex":false}])"), 400,
       R"("invalid silence: invalid label matcher 0 in set 0: invalid label name \"\"")"
       "\n"},
      {Body(R"(,"id":"unknown")"), 404, "\"silence not found\"\n"},
  };
  for (const Case& c : cases) {
    const HttpResponse response = Post(c.body);
    EXPECT_EQ(response.status, c.status) << c.body;
    EXPECT_EQ(response.body, c.answer) << c.body;
  }
  EXPECT_EQ(Post("{").status, 400);
  const HttpResponse text =
      Ask("POST", "/api/v2/silences", Body(), {{"Content-Type", "text/plain"}});
  EXPECT_EQ(text.status, 415);
  EXPECT_EQ(text.body, R"({"code":415,"message":"unsupported media type \"text/plain\", only )"
                       R"([application/json] are allowed"})");
  EXPECT_EQ(Get("/api/v2/silences").body, "[]\n");
}

TEST_F(SilencesApiTest, BodiesAreLimited) {
  Start(kConfig);
  const std::string large(1024 * 1024, ' ');
  EXPECT_EQ(Post(Body() + large).status, 413);
  EXPECT_EQ(Post(large.substr(Body().size()) + Body()).status, 200);
}

TEST_F(SilencesApiTest, SmallerLimitOfTheConfiguration) {
  Start(std::string(kConfig) + "limits: {request_body_bytes: 100}\n");
  EXPECT_EQ(Post(Body()).body,
            R"({"code":413,"message":"silence in body has more than 100 bytes"})");
}

TEST_F(SilencesApiTest, Expire) {
  Start(kConfig);
  const std::string id = Create();
  for (int i = 0; i < 2; ++i) {
    const HttpResponse response = Ask("DELETE", "/api/v2/silence/" + id);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(FindHeader(response.headers, "Content-Type"), "");
  }
  EXPECT_THAT(Get("/api/v2/silence/" + id).body, HasSubstr(R"("status":{"state":"expired"})"))
      << "at once: to the reader it is over at the instant of its end";
}

TEST_F(SilencesApiTest, IdsInThePath) {
  Start(kConfig);
  for (const char* method : {"GET", "DELETE"}) {
    HttpResponse response = Ask(method, std::string("/api/v2/silence/") + kUnknown);
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.body, "");
    response = Ask(method, "/api/v2/silence/abc");
    EXPECT_EQ(response.status, 422);
    EXPECT_EQ(response.body,
              R"({"code":601,"message":"silenceID in path must be of type uuid: \"abc\""})");
    for (const char* path : {"/api/v2/silence/", "/api/v2/silence", "/api/v2/silence/a/b"}) {
      response = Ask(method, path);
      EXPECT_EQ(response.status, 404) << path;
      EXPECT_EQ(response.body,
                R"({"code":404,"message":"path )" + std::string(path) + R"( was not found"})");
    }
  }
  EXPECT_EQ(Ask("POST", std::string("/api/v2/silence/") + kUnknown).body,
            R"({"code":405,"message":"method POST is not allowed, but [GET,DELETE] are"})");
}

TEST_F(SilencesApiTest, NoPageOfAnotherSiteMayWrite) {
  Start(kConfig);
  const std::string id = Create();
  const std::vector<HttpHeader> foreign = {{"Content-Type", "application/json"},
                                           {"Host", "alerts"},
                                           {"Origin", "https://evil.example.org"}};
  EXPECT_EQ(Ask("POST", "/api/v2/silences", Body(), foreign).status, 403);
  EXPECT_EQ(Ask("DELETE", "/api/v2/silence/" + id, "", foreign).status, 403);
  EXPECT_EQ(Ask("GET", "/api/v2/silence/" + id, "", foreign).status, 200);
}

// Takes note of what is to be written, and says so when the test wants it.
class ManualStore final : public core::Store {
 public:
  void Write(core::StoreBatch /*batch*/, Callback done) override {
    done_ = std::move(done);
    written_.release();
  }
  void SetRewriteRequest(std::function<void()> /*rewrite*/) override {}
  bool behind() const override { return false; }

  // Waits for the next write. The callback is for the core thread.
  Callback Next() {
    written_.acquire();
    return std::move(done_);
  }

 private:
  std::counting_semaphore<> written_{0};
  Callback done_;
};

// The base of a base, so that it is there before the fixture's core, and after it.
struct StoreHolder {
  ManualStore store;
};

class DurableSilencesTest : private StoreHolder, public SilencesApiTest {
 protected:
  DurableSilencesTest() : SilencesApiTest(&store) {}

  // The answer to `request`, whose write ends with `status`; none comes before that.
  HttpResponse AnswerAfter(net::ServerRequest request, const Status& status) {
    std::future<HttpResponse> answer = Send(std::move(request));
    auto done = store.Next();
    EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    EXPECT_TRUE(core_.TryRun(0, [done, status](core::Control&, Time) { done(status); }));
    return answer.get();
  }
  static net::ServerRequest PostRequest() {
    return Request("POST", "/api/v2/silences", Body(), {{"Content-Type", "application/json"}});
  }
};

TEST_F(DurableSilencesTest, AnswersWhenItIsWritten) {
  Start(kConfig);
  const HttpResponse created = AnswerAfter(PostRequest(), {});
  EXPECT_EQ(created.status, 200);
  const std::string path = "/api/v2/silence/" + created.body.substr(14, 36);
  EXPECT_EQ(AnswerAfter(Request("DELETE", path), {}).status, 200);
  EXPECT_THAT(Get(path).body, HasSubstr(R"("state":"expired")"));
}

TEST_F(DurableSilencesTest, NothingHasChangedIfItCannotBeWritten) {
  Start(kConfig);
  HttpResponse response = AnswerAfter(PostRequest(), Fail("disk full"));
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("disk full"));
  EXPECT_EQ(FindHeader(response.headers, "Retry-After"), "1");
  EXPECT_EQ(Get("/api/v2/silences").body, "[]\n");

  const HttpResponse created = AnswerAfter(PostRequest(), {});
  const std::string path = "/api/v2/silence/" + created.body.substr(14, 36);
  response = AnswerAfter(Request("DELETE", path), Fail("disk full"));
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(Get(path).body, HasSubstr(R"("state":"active")"));
}

TEST_F(SilencesApiTest, OldApiSaysThatItIsGone) {
  Start(kConfig);
  EXPECT_EQ(Get(std::string("/api/v1/silence/") + kUnknown).status, 410);
}

TEST_F(SilencesApiTest, LaterWhileThereIsNoConfiguration) {
  Start();
  EXPECT_EQ(Get("/api/v2/silences").status, 503);
  EXPECT_EQ(Post(Body()).status, 503);
  EXPECT_EQ(Ask("DELETE", std::string("/api/v2/silence/") + kUnknown).status, 503);
}

TEST_F(SilencesApiTest, BadFilter) {
  Start(kConfig);
  const HttpResponse response = Get("/api/v2/silences?filter=foo");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, "\"bad matcher format: foo\"\n");
}

model::SilencePtr Silence(const char* id, Duration starts, Duration ends,
                          std::vector<const char*> sets = {"a=x"}) {
  auto silence = std::make_shared<model::Silence>();
  silence->id = id;
  silence->starts_at = kNow + starts;
  silence->ends_at = kNow + ends;
  for (const char* set : sets) {
    silence->matcher_sets.push_back(
        model::ParseMatchers(set, model::MatcherSyntax::kFallback)->matchers);
  }
  return silence;
}

// The ids in the answer to a query, in order.
std::string Ids(const std::vector<model::SilencePtr>& silences, const std::string& query) {
  const auto parsed = ParseSilencesQuery(net::ParseQuery(query), model::MatcherSyntax::kFallback);
  EXPECT_TRUE(parsed) << query;
  const std::string json = SerializeSilences(silences, *parsed, kNow);
  std::string ids;
  for (std::size_t at = 0; (at = json.find("{\"id\":\"", at)) != std::string::npos;) {
    at += 7;
    ids += json.substr(at, json.find('"', at) - at) + " ";
  }
  return ids;
}

TEST(Silences, OrderAndStates) {
  const std::vector<model::SilencePtr> silences = {
      Silence("p2", hours(2), hours(3)),   Silence("p1", hours(1), hours(9)),
      Silence("e1", -hours(9), -hours(1)), Silence("e2", -hours(3), -hours(2)),
      Silence("a2", -hours(1), hours(2)),  Silence("a1", -hours(2), hours(1)),
      Silence("e0", -hours(2), hours(0)),  Silence("a3", -hours(2), hours(2)),
  };
  const std::pair<const char*, const char*> cases[] = {
      {"", "a1 a2 a3 p1 p2 e0 e1 e2 "},
      {"active=false", "p1 p2 e0 e1 e2 "},
      {"pending=no&expired=0", "a1 a2 a3 "},
      {"active=&pending=Yes&expired=true", "a1 a2 a3 p1 p2 e0 e1 e2 "},
      {"active=false&pending=false&expired=false", ""},
  };
  for (const auto& [query, ids] : cases) EXPECT_EQ(Ids(silences, query), ids) << query;
}

TEST(Silences, FilterIsTextual) {
  const std::vector<model::SilencePtr> silences = {
      Silence("1", {}, hours(1), {"a=x,b=~\"y|z\""}), Silence("2", {}, hours(1), {"a=x"}),
      Silence("3", {}, hours(1), {"a=~x"}), Silence("4", {}, hours(1), {"c=d", "a=x"})};
  const std::pair<const char*, const char*> cases[] = {
      {"filter=a=x", "1 2 4 "}, {"filter=a%3D~x", "3 "}, {"filter=a=x&filter=b=~\"y|z\"", "1 "},
      {"filter=b=y", ""},       {"filter=a!=y", ""},
  };
  for (const auto& [query, ids] : cases) EXPECT_EQ(Ids(silences, query), ids) << query;
}

// One of these must not take the list away from everybody.
TEST(Silences, SeveralMatcherSets) {
  const std::string json =
      SerializeSilences({Silence("1", {}, hours(1), {"a=x", "b!~y"})}, SilencesQuery(), kNow);
  EXPECT_THAT(json,
              HasSubstr(R"("matchers":[{"isEqual":true,"isRegex":false,"name":"a","value":"x"}])"));
  EXPECT_THAT(json, HasSubstr(R"("matcherSets":[[{"isEqual":true,"isRegex":false,"name":"a",)"
                              R"("value":"x"}],[{"isEqual":false,"isRegex":true,"name":"b",)"
                              R"("value":"y"}]]})"));
}

TEST(Silences, Uuids) {
  const std::pair<const char*, bool> cases[] = {
      {kUnknown, true},
      {"001D9E6BD283412184B4A66A52EA7ADD", true},
      {"001d9e6bd2834121-84b4a66a52ea7add", true},
      {"", false},
      {"001d9e6b-d283-4121-84b4-a66a52ea7ad", false},
      {"001d9e6b-d283-4121-84b4-a66a52ea7addd", false},
      {"001d9e6b--d283-4121-84b4-a66a52ea7add", false},
      {"001d9e6-bd283-4121-84b4-a66a52ea7add", false},
      {"001d9e6b-d283-4121-84b4-a66a52ea7add-", false},
      {"001d9e6b-d283-4121-84b4-a66a52ea7adg", false},
  };
  for (const auto& [text, valid] : cases) EXPECT_EQ(IsUuid(text), valid) << text;
}

}  // namespace
}  // namespace tocsin::api
