#include "net/smtp_client.h"

#include "tests/net/script_server.h"
#include "tests/net/stuck_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>

namespace tocsin::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Kind = MailFailure::Kind;
using std::chrono::milliseconds;

class Pending {
 public:
  MailCallback callback() {
    return [promise = promise_](MailResult result) { promise->set_value(std::move(result)); };
  }
  MailResult Get() {
    if (future_.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      ADD_FAILURE() << "no callback";
      return tl::unexpected(MailFailure{});
    }
    return future_.get();
  }

 private:
  std::shared_ptr<std::promise<MailResult>> promise_ = std::make_shared<std::promise<MailResult>>();
  std::future<MailResult> future_ = promise_->get_future();
};

// An obliging mail server: takes everything, and keeps the conversation.
class Postman {
 public:
  std::function<void(Peer&)> script() {
    return [this](Peer& peer) { Serve(peer); };
  }
  std::string received() {
    const std::lock_guard lock(mutex_);
    return received_;
  }

  const Identity* implicit_tls = nullptr;
  const Identity* start_tls = nullptr;
  std::string extensions = "250-8BITMIME\r\n";
  std::string answer_to_message = "250 queued\r\n";

 private:
  void Serve(Peer& peer) {
    if (implicit_tls != nullptr && !peer.StartTls(*implicit_tls)) return;
    peer.Write("220 postman\r\n");
    while (true) {
      const std::string line = peer.ReadLine();
      if (peer.ended()) return;
      Keep(line);
      if (line.starts_with("EHLO")) {
        const bool offer = start_tls != nullptr && !encrypted_;
        peer.Write("250-postman\r\n" + extensions + (offer ? "250-STARTTLS\r\n" : "") +
                   "250 HELP\r\n");
      } else if (line == "STARTTLS") {
        peer.Write("220 go\r\n");
        if (!peer.StartTls(*start_tls)) return;
        encrypted_ = true;
      } else if (line.starts_with("AUTH PLAIN")) {
        peer.Write("235 welcome\r\n");
      } else if (line == "DATA") {
        peer.Write("354 go\r\n");
        ReadMessage(peer);
        peer.Write(answer_to_message);
      } else if (line == "QUIT") {
        peer.Write("221 bye\r\n");
        return;
      } else {
        peer.Write("250 ok\r\n");
      }
    }
  }
  void ReadMessage(Peer& peer) {
    while (!peer.ended()) {
      const std::string line = peer.ReadLine();
      Keep(line);
      if (line == ".") return;
    }
  }
  void Keep(const std::string& line) {
    const std::lock_guard lock(mutex_);
    received_ += line + "\n";
  }

  std::mutex mutex_;
  std::string received_;
  bool encrypted_ = false;
};

class SmtpClientTest : public ::testing::Test {
 protected:
  MailResult Send(MailCall call) {
    Pending pending;
    client_->Send(std::move(call), pending.callback());
    return pending.Get();
  }
  static MailCall Call(const ScriptServer& server) {
    MailCall call;
    call.host = "localhost";
    call.port = server.port_text();
    call.hello = "me";
    call.tls_mode = MailTls::kNone;
    call.from = "from@example";
    call.recipients = {"to@example"};
    call.message = "Subject: x\r\n\r\n.hello\r\n";
    return call;
  }

  const Identity authority_ = MakeAuthority();
  const Identity identity_ = MakeCertificate(authority_, "DNS:localhost");
  NetThread thread_;
  std::unique_ptr<SmtpClient> client_ =
      std::make_unique<SmtpClient>(&thread_, SmtpClient::Options{});
};

constexpr const char* kConversation =
    "EHLO me\nMAIL FROM:<from@example> BODY=8BITMIME\nRCPT TO:<to@example>\nDATA\nSubject: x\n\n"
    "..hello\n.\nQUIT\n";

TEST_F(SmtpClientTest, Delivers) {
  Postman postman;
  {
    ScriptServer server(postman.script());
    const MailResult result = Send(Call(server));
    ASSERT_TRUE(result) << result.error().message;
    const MailResult again = Send(Call(server));  // After QUIT: the server takes one at a time.
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(server.clients(), 2);
  }
  EXPECT_THAT(postman.received(), StartsWith(kConversation));
}

TEST_F(SmtpClientTest, DeliversOverTls) {
  for (const MailTls mode : {MailTls::kStartTls, MailTls::kImplicit}) {
    Postman postman;
    (mode == MailTls::kStartTls ? postman.start_tls : postman.implicit_tls) = &identity_;
    postman.extensions = "250-AUTH PLAIN\r\n";
    ScriptServer server(postman.script());
    MailCall call = Call(server);
    call.tls_mode = mode;
    call.tls.ca = authority_.certificate;
    call.auth.username = "user";
    call.auth.password = Secret("pass");
    const MailResult result = Send(call);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_THAT(postman.received(), HasSubstr("AUTH PLAIN AHVzZXIAcGFzcw==\nMAIL FROM"));
  }
}

TEST_F(SmtpClientTest, BigMessages) {
  Postman postman;
  ScriptServer server(postman.script());
  MailCall call = Call(server);
  std::string line(998, 'x');
  for (int i = 0; i < 10000; ++i) call.message += line + "\r\n";
  EXPECT_TRUE(Send(call));
  EXPECT_GT(postman.received().size(), 9000000U);
}

TEST_F(SmtpClientTest, VerifiesTheServer) {
  Postman postman;
  postman.start_tls = &identity_;
  ScriptServer server(postman.script());
  MailCall call = Call(server);
  call.tls_mode = MailTls::kStartTls;
  const MailResult unknown = Send(call);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Kind::kTls);
  EXPECT_THAT(unknown.error().message, HasSubstr("certificate verify failed"));
  EXPECT_THAT(unknown.error().message, HasSubstr("unable to get local issuer certificate"));
}

TEST_F(SmtpClientTest, ServerNameAndInsecure) {
  const Identity named = MakeCertificate(authority_, "DNS:mail.example");
  const auto deliver = [&](const std::string& server_name, bool insecure) {
    Postman postman;
    postman.implicit_tls = &named;
    ScriptServer server(postman.script());
    MailCall call = Call(server);
    call.tls_mode = MailTls::kImplicit;
    call.tls.ca = authority_.certificate;
    call.tls.server_name = server_name;
    call.tls.insecure_skip_verify = insecure;
    return Send(call);
  };
  EXPECT_EQ(deliver("", false).error().kind, Kind::kTls);
  EXPECT_TRUE(deliver("mail.example", false));
  EXPECT_TRUE(deliver("", true));
}

// As Go and libcurl have it: what is trusted need not be a root.
TEST_F(SmtpClientTest, AServersOwnCertificateCanBeTrusted) {
  const Identity own = MakeCertificate(authority_, "DNS:localhost");
  for (const bool pinned : {true, false}) {
    Postman postman;
    postman.implicit_tls = &own;
    ScriptServer server(postman.script());
    MailCall call = Call(server);
    call.tls_mode = MailTls::kImplicit;
    call.tls.ca = pinned ? own.certificate : identity_.certificate;
    EXPECT_EQ(Send(call).has_value(), pinned);
  }
}

TEST_F(SmtpClientTest, StartTlsIsRequired) {
  Postman postman;
  ScriptServer server(postman.script());
  MailCall call = Call(server);
  call.tls_mode = MailTls::kStartTls;
  const MailResult result = Send(call);
  EXPECT_EQ(result.error().kind, Kind::kTls);
  EXPECT_THAT(result.error().message, EndsWith("does not advertise the STARTTLS extension"));
}

TEST_F(SmtpClientTest, PlaintextBehindStartTlsIsNotTakenForEncrypted) {
  ScriptServer server([this](Peer& peer) {
    peer.Write("220 hi\r\n");
    peer.ReadLine();
    peer.Write("250-hi\r\n250 STARTTLS\r\n");
    peer.ReadLine();
    peer.Write("220 go\r\n250 injected\r\n");
    peer.StartTls(identity_);
  });
  MailCall call = Call(server);
  call.tls_mode = MailTls::kStartTls;
  call.tls.ca = authority_.certificate;
  EXPECT_EQ(Send(call).error().kind, Kind::kTls);
}

TEST_F(SmtpClientTest, AnswersAreReported) {
  Postman postman;
  postman.answer_to_message = "452 4.2.2 full\r\n";
  ScriptServer server(postman.script());
  const MailResult result = Send(Call(server));
  EXPECT_EQ(result.error().kind, Kind::kRejected);
  EXPECT_EQ(result.error().smtp_code, 452);
  EXPECT_EQ(result.error().message, "message: 452 4.2.2 full");
}

TEST_F(SmtpClientTest, FailuresHaveAKind) {
  ScriptServer web([](Peer& peer) { peer.Write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  EXPECT_EQ(Send(Call(web)).error().message, "the server does not speak SMTP");
  ScriptServer gone([](Peer& peer) {
    peer.Write("220 hi\r\n");
    peer.ReadLine();
  });
  EXPECT_EQ(Send(Call(gone)).error().message, "the server closed the connection");
  MailCall call = Call(gone);
  call.port = std::to_string(UnusedPort());
  const MailResult refused = Send(call);
  EXPECT_EQ(refused.error().kind, Kind::kConnect);
  EXPECT_EQ(refused.error().message, "connect to localhost:" + call.port + ": Connection refused");
  call = Call(gone);
  call.host = "name.invalid";
  EXPECT_EQ(Send(call).error().kind, Kind::kConnect);
  call = Call(gone);
  call.port = "smtp";
  EXPECT_EQ(Send(call).error().message, "invalid port \"smtp\"");
  call = Call(gone);
  call.tls_mode = MailTls::kImplicit;
  call.tls.ca = "nonsense";
  EXPECT_EQ(Send(call).error().kind, Kind::kCredentials);
  call.tls = {};
  call.tls.cert_file = "/nonexistent";
  EXPECT_EQ(Send(call).error().kind, Kind::kCredentials);
  call = Call(gone);
  call.recipients = {"a\r\nDATA"};
  EXPECT_EQ(Send(call).error().kind, Kind::kOther);
}

TEST_F(SmtpClientTest, AServerThatHangsIsGivenUp) {
  ScriptServer silent([](Peer& peer) { peer.WaitForEnd(); });
  MailCall call = Call(silent);
  call.timeout = std::chrono::seconds(1);
  const MailResult result = Send(call);
  EXPECT_EQ(result.error().kind, Kind::kTimeout);
  EXPECT_EQ(result.error().message, "timeout of 1s exceeded while waiting for the greeting");
  // Its turn is another's at once.
  call.timeout = milliseconds(100);
  EXPECT_EQ(Send(call).error().kind, Kind::kTimeout);
}

TEST_F(SmtpClientTest, AServerThatHangsAtQuitHoldsNobodyUp) {
  ScriptServer server([](Peer& peer) {
    peer.Write("220 hi\r\n");
    peer.ReadLine();
    peer.Write("250 hi\r\n");
    peer.ReadLine();
    peer.Write("550 no\r\n");
    peer.WaitForEnd();
  });
  EXPECT_EQ(Send(Call(server)).error().smtp_code, 550);
  client_.reset();  // Does not wait for the answer to QUIT.
}

TEST_F(SmtpClientTest, ANameThatHangsHoldsNobodyUp) {
  Postman postman;
  ScriptServer server(postman.script());
  std::vector<Pending> calls(8);
  const StuckNames stuck;
  MailCall hanging = Call(server);
  hanging.host = "mail.stuck.test";
  for (Pending& call : calls) client_->Send(hanging, call.callback());
  EXPECT_TRUE(stuck.WaitForStuck(1));
  const MailResult delivered = Send(Call(server));
  EXPECT_TRUE(delivered) << delivered.error().message;
  hanging.host = "other.stuck.test";
  hanging.timeout = milliseconds(50);
  const MailResult late = Send(hanging);
  EXPECT_EQ(late.error().kind, Kind::kTimeout);
  EXPECT_EQ(late.error().message, "timeout of 50ms exceeded while looking up the server");
  client_.reset();  // Does not wait for the lookups.
  for (Pending& call : calls) EXPECT_EQ(call.Get().error().kind, Kind::kCancelled);
}

TEST_F(SmtpClientTest, TheEndOfTheThreadDoesNotWaitForLookups) {
  const StuckNames stuck;
  Pending pending;
  {
    NetThread thread;
    SmtpClient client(&thread, {});
    MailCall call;
    call.host = "mail.stuck.test";
    call.port = "25";
    call.from = "from@example";
    call.recipients = {"to@example"};
    client.Send(call, pending.callback());
    EXPECT_TRUE(stuck.WaitForStuck(1));
  }
  EXPECT_EQ(pending.Get().error().kind, Kind::kCancelled);
}

TEST_F(SmtpClientTest, ADeadAddressLeavesTimeForTheNext) {
  Postman postman;
  ScriptServer server(postman.script());
  const DeadServer dead(server.port());
  SmtpClient::Options options;
  options.connect_timeout = std::chrono::seconds(2);
  options.names.look_up = [](const std::string&) {
    return HostAddresses{DeadServer::kAddress, "127.0.0.1"};
  };
  client_ = std::make_unique<SmtpClient>(&thread_, options);
  MailCall call = Call(server);
  call.host = "two.example";
  call.timeout = std::chrono::hours(1);
  const MailResult result = Send(call);
  EXPECT_TRUE(result) << result.error().message;
}

TEST_F(SmtpClientTest, AServerThatIsNotThereLeavesTimeForTheNextAttempt) {
  ScriptServer silent([](Peer& peer) { peer.WaitForEnd(); });
  ScriptServer starts_tls([](Peer& peer) {
    peer.Write("220 hi\r\n");
    peer.ReadLine();
    peer.Write("250-hi\r\n250 STARTTLS\r\n");
    peer.ReadLine();
    peer.Write("220 go\r\n");
    peer.WaitForEnd();
  });
  const DeadServer dead(silent.port());
  struct Case {
    std::string host, port;
    MailTls tls_mode;
    milliseconds limit;
    std::string failure;
    std::unique_ptr<SmtpClient> client = nullptr;
    Pending result = {};
  };
  const std::string dead_address = DeadServer::kAddress, live = "127.0.0.1";
  // Long enough for the steps before the one that hangs; all at once, so that they take it once.
  Case cases[] = {{dead_address, silent.port_text(), MailTls::kNone, milliseconds(100),
                   "timeout of 100ms exceeded while connecting"},
                  {live, silent.port_text(), MailTls::kNone, milliseconds(2000),
                   "timeout of 2s exceeded while waiting for the greeting"},
                  {live, silent.port_text(), MailTls::kImplicit, milliseconds(2000),
                   "timeout of 2s exceeded while in the TLS handshake"},
                  {live, starts_tls.port_text(), MailTls::kStartTls, milliseconds(3000),
                   "timeout of 3s exceeded while in the TLS handshake"}};
  for (Case& c : cases) {
    SmtpClient::Options options;
    options.connect_timeout = c.limit;
    c.client = std::make_unique<SmtpClient>(&thread_, options);
    MailCall call = Call(silent);
    call.host = c.host;
    call.port = c.port;
    call.tls_mode = c.tls_mode;
    call.timeout = std::chrono::hours(1);
    c.client->Send(call, c.result.callback());
  }
  for (Case& c : cases) {
    const MailResult result = c.result.Get();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Kind::kTimeout);
    EXPECT_EQ(result.error().message, c.failure);
  }
}

TEST_F(SmtpClientTest, AServerMayTakeItsTimeOnceItHasGreeted) {
  std::promise<void> greeted, answered_elsewhere;
  ScriptServer slow([&](Peer& peer) {
    peer.Write("220 hi\r\n");
    peer.ReadLine();
    peer.Write("250 hi\r\n");
    peer.ReadLine();
    greeted.set_value();
    answered_elsewhere.get_future().wait();
    peer.Write("550 no\r\n");
  });
  ScriptServer silent([](Peer& peer) { peer.WaitForEnd(); });
  SmtpClient::Options options;
  options.connect_timeout = std::chrono::seconds(2);
  client_ = std::make_unique<SmtpClient>(&thread_, options);
  Pending pending;
  client_->Send(Call(slow), pending.callback());
  greeted.get_future().wait();
  // The same limit, begun later, is over when this is.
  EXPECT_EQ(Send(Call(silent)).error().kind, Kind::kTimeout);
  answered_elsewhere.set_value();
  const MailResult result = pending.Get();
  EXPECT_EQ(result.error().smtp_code, 550) << result.error().message;
}

TEST_F(SmtpClientTest, LimitsCancelsAndStops) {
  ScriptServer silent([](Peer& peer) { peer.WaitForEnd(); });
  SmtpClient::Options options;
  options.concurrency_per_server = 1;
  options.queue_per_server = 2;
  client_ = std::make_unique<SmtpClient>(&thread_, options);
  std::vector<Pending> calls(4);
  std::vector<CallHandle> handles;
  for (Pending& call : calls) handles.push_back(client_->Send(Call(silent), call.callback()));
  EXPECT_EQ(calls[3].Get().error().kind, Kind::kQueueFull);
  handles[1].Cancel();
  EXPECT_EQ(calls[1].Get().error().kind, Kind::kCancelled);
  handles[0].Cancel();
  EXPECT_EQ(calls[0].Get().error().kind, Kind::kCancelled);
  client_->Stop();
  EXPECT_EQ(calls[2].Get().error().kind, Kind::kCancelled);
  EXPECT_EQ(Send(Call(silent)).error().kind, Kind::kCancelled);
  client_.reset();
  handles[2].Cancel();
}

}  // namespace
}  // namespace tocsin::net
