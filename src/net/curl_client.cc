#include "net/curl_client.h"

#include "base/log.h"
#include "base/text.h"
#include "net/http_calls.h"
#include "net/lazy_timer.h"
#include "net/plain_transfers.h"
#include "net/posted_calls.h"
#include "net/socket_watch.h"
#include "net/transfers.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tocsin::net {
namespace {

namespace asio = boost::asio;

constexpr long kIdleConnectionsMax = 256;
// Handles that wait for their next transfer: about as many as are on the wire to one host.
constexpr std::size_t kIdleHandlesMax = 64;

// Drives a CURLM from the event loop. libcurl says which sockets and which timeout it waits for;
// the descriptors stay libcurl's own, the loop only watches them.
class CurlMulti {
 public:
  using Done = std::function<void(CURL*, CURLcode)>;

  // `done` comes outside of libcurl, the handle already removed.
  CurlMulti(asio::io_context* loop, Done done)
      : loop_(loop),
        done_(std::move(done)),
        timer_(loop, [this] { Act(CURL_SOCKET_TIMEOUT, 0); }),
        watch_(loop, [this](int fd, SocketWatch::Event event) { Act(fd, ToCurl(event)); }),
        multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::OnTimeoutWanted);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnectionsMax);
  }
  // All handles must have been removed. Closes the connections, and says so.
  ~CurlMulti() { curl_multi_cleanup(multi_); }
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  CURLMcode Add(CURL* easy) {
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &CurlMulti::OnOpened);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, this);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlMulti::OnClose);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
    return curl_multi_add_handle(multi_, easy);
  }
  void Remove(CURL* easy) { curl_multi_remove_handle(multi_, easy); }

 private:
  static int ToCurl(SocketWatch::Event event) {
    switch (event) {
      case SocketWatch::Event::kIn:
        return CURL_CSELECT_IN;
      case SocketWatch::Event::kOut:
        return CURL_CSELECT_OUT;
      case SocketWatch::Event::kError:
        break;
    }
    return CURL_CSELECT_ERR;
  }

  static int OnSocket(CURL*, curl_socket_t fd, int what, void* self, void*) {
    // Neither bit: CURL_POLL_REMOVE.
    static_cast<CurlMulti*>(self)->watch_.Want(fd, (what & CURL_POLL_IN) != 0,
                                               (what & CURL_POLL_OUT) != 0);
    return 0;
  }

  static int OnOpened(void* self, curl_socket_t fd, curlsocktype) {
    static_cast<CurlMulti*>(self)->watch_.Opened(fd);
    return CURL_SOCKOPT_OK;
  }

  static int OnClose(void* self, curl_socket_t fd) {
    static_cast<CurlMulti*>(self)->watch_.Closed(fd);
    return close(fd);
  }

  // Inside libcurl, which must not be entered again from here, not even for a timeout of zero.
  static int OnTimeoutWanted(CURLM*, long milliseconds, void* self) {
    auto* multi = static_cast<CurlMulti*>(self);
    if (milliseconds < 0) {
      multi->timer_.Clear();
    } else if (milliseconds > 0) {
      multi->timer_.Set(LazyTimer::Clock::now() + std::chrono::milliseconds(milliseconds));
    } else if (!std::exchange(multi->act_posted_, true)) {
      // What every new transfer begins with: no timer has to be set for it.
      multi->timer_.Clear();
      asio::post(*multi->loop_, [weak = std::weak_ptr(multi->self_)] {
        const auto alive = weak.lock();
        if (!alive) return;
        (*alive)->act_posted_ = false;
        (*alive)->Act(CURL_SOCKET_TIMEOUT, 0);
      });
    }
    return 0;
  }

  void Act(curl_socket_t fd, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, events, &running);
    std::vector<std::pair<CURL*, CURLcode>> finished;
    int queued = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
      if (message->msg != CURLMSG_DONE) continue;
      finished.emplace_back(message->easy_handle, message->data.result);
      curl_multi_remove_handle(multi_, finished.back().first);
    }
    for (const auto& [easy, code] : finished) done_(easy, code);
  }

  asio::io_context* loop_;
  Done done_;
  LazyTimer timer_;
  SocketWatch watch_;
  bool act_posted_ = false;
  CURLM* multi_;
  std::shared_ptr<CurlMulti*> self_ = std::make_shared<CurlMulti*>(this);
};

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

// A curl_slist with ownership.
class StringList {
 public:
  StringList() = default;
  ~StringList() { curl_slist_free_all(list_); }
  StringList(const StringList&) = delete;
  StringList& operator=(const StringList&) = delete;
  void Add(const std::string& text) { list_ = curl_slist_append(list_, text.c_str()); }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

HttpFailure::Kind KindOf(CURLcode code) {
  switch (code) {
    // The connect timeout: the one of the whole call is kept outside.
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return HttpFailure::Kind::kConnect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
      return HttpFailure::Kind::kTls;
    default:
      return HttpFailure::Kind::kOther;
  }
}

long MinVersion(const std::optional<config::TlsVersion>& version) {
  switch (version.value_or(config::TlsVersion::kTls12)) {
    case config::TlsVersion::kTls10:
      return CURL_SSLVERSION_TLSv1_0;
    case config::TlsVersion::kTls11:
      return CURL_SSLVERSION_TLSv1_1;
    case config::TlsVersion::kTls12:
      return CURL_SSLVERSION_TLSv1_2;
    case config::TlsVersion::kTls13:
      return CURL_SSLVERSION_TLSv1_3;
  }
  return CURL_SSLVERSION_TLSv1_2;
}

long MaxVersion(const std::optional<config::TlsVersion>& version) {
  if (!version) return CURL_SSLVERSION_MAX_DEFAULT;
  switch (*version) {
    case config::TlsVersion::kTls10:
      return CURL_SSLVERSION_MAX_TLSv1_0;
    case config::TlsVersion::kTls11:
      return CURL_SSLVERSION_MAX_TLSv1_1;
    case config::TlsVersion::kTls12:
      return CURL_SSLVERSION_MAX_TLSv1_2;
    case config::TlsVersion::kTls13:
      return CURL_SSLVERSION_MAX_TLSv1_3;
  }
  return CURL_SSLVERSION_MAX_DEFAULT;
}

// One transfer in libcurl: its handle, and everything that the handle points to.
class Exchange {
 public:
  // No option is set in `easy`.
  Exchange(Transfer transfer, Transfers::Done done, Easy easy)
      : transfer_(std::move(transfer)), done_(std::move(done)), easy_(std::move(easy)) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  CURL* easy() const { return easy_.get(); }
  Transfers::Done TakeDone() { return std::move(done_); }

  // At the end, for another transfer, without options; null if it is not to be used again. Beyond
  // the options libcurl keeps TLS sessions and a proxy's credentials in a handle: those stay alone.
  Easy TakeEasy() {
    if (transfer_.proxy || transfer_.request->url.IsHttps()) return nullptr;
    curl_easy_reset(easy_.get());
    return std::move(easy_);
  }

  // Whatever libcurl refuses: an option that this build does not know.
  CURLcode SetUp(void* id) {
    Set(CURLOPT_PRIVATE, id);
    Set(CURLOPT_NOSIGNAL, 1L);
    // Without it, giving up during a name lookup waits for the lookup, and the loop with it.
    Set(CURLOPT_QUICK_EXIT, 1L);
    Set(CURLOPT_ERRORBUFFER, error_.data());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(
            std::chrono::ceil<std::chrono::milliseconds>(transfer_.connect_timeout).count()));
    Set(CURLOPT_HTTP_VERSION,
        static_cast<long>(transfer_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    if (transfer_.accept_encoding) Set(CURLOPT_ACCEPT_ENCODING, "");
    SetReceivers();
    SetUrl();
    SetMethod();
    SetHeaders();
    if (transfer_.request->url.IsHttps()) SetTls();
    SetProxy();
    return first_error_;
  }

  int Status() const {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
  }

  HttpResult Result(CURLcode code) {
    if (code == CURLE_OK) {
      response_.status = Status();
      return std::move(response_);
    }
    if (too_large_) {
      return tl::unexpected(TooLarge(transfer_.response_bytes_max, Status()));
    }
    std::string reason = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
    reason = Redact(std::move(reason), Secret(transfer_.request->url.path_and_query));
    if (transfer_.proxy) reason = Redact(std::move(reason), *transfer_.proxy);
    return tl::unexpected(HttpFailure{KindOf(code), std::move(reason), Status()});
  }

 private:
  template <class Value>
  void Set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (first_error_ == CURLE_OK) first_error_ = code;
  }

  void SetBlob(CURLoption option, const std::string& bytes) {
    curl_blob blob{const_cast<char*>(bytes.data()), bytes.size(), CURL_BLOB_NOCOPY};
    Set(option, &blob);
  }

  void SetReceivers() {
    Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    Set(CURLOPT_HEADERFUNCTION, &Exchange::OnHeader);
    Set(CURLOPT_HEADERDATA, this);
    Set(CURLOPT_WRITEFUNCTION, &Exchange::OnBody);
    Set(CURLOPT_WRITEDATA, this);
  }

  // A server_name takes the host's place in the URL, and the connection goes to the host all the
  // same: so it decides on SNI, on the certificate, and on which connections may be used again.
  bool HasServerName() const {
    const Url& url = transfer_.request->url;
    return url.IsHttps() && !transfer_.tls->server_name.empty() &&
           transfer_.tls->server_name != url.host;
  }

  void SetUrl() {
    Url url = transfer_.request->url;
    if (HasServerName()) {
      const std::string port = std::to_string(url.port);
      const std::string host = url.BracketedHost();
      url.host = transfer_.tls->server_name;
      connect_to_.Add(url.BracketedHost() + ":" + port + ":" + host + ":" + port);
      Set(CURLOPT_CONNECT_TO, connect_to_.get());
    }
    Set(CURLOPT_PATH_AS_IS, 1L);
    Set(CURLOPT_URL, url.ToString().c_str());
  }

  void SetMethod() {
    const OutgoingRequest& request = *transfer_.request;
    const bool body_expected =
        request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (request.method == "HEAD") {
      Set(CURLOPT_NOBODY, 1L);
    } else if (body_expected || !request.body.empty()) {
      Set(CURLOPT_POST, 1L);
      Set(CURLOPT_POSTFIELDS, request.body.data());
      Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      if (request.method != "POST") Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    } else {
      Set(CURLOPT_HTTPGET, 1L);
      if (request.method != "GET") Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
  }

  void SetHeaders() {
    const OutgoingRequest& request = *transfer_.request;
    for (const OutgoingHeader& header : request.headers) {
      // `Name:` would remove the header, `Name;` sends it empty.
      headers_.Add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
    if (HasServerName() && !request.HasHeader("Host")) {
      headers_.Add("Host: " + request.url.HostHeader());
    }
    // libcurl's own additions, unless asked for.
    for (const char* name : {"Accept", "Expect", "Content-Type"}) {
      if (!request.HasHeader(name)) headers_.Add(std::string(name) + ":");
    }
    Set(CURLOPT_HTTPHEADER, headers_.get());
  }

  void SetTls() {
    const TlsMaterial& tls = *transfer_.tls;
    Set(CURLOPT_SSL_VERIFYPEER, tls.insecure_skip_verify ? 0L : 1L);
    Set(CURLOPT_SSL_VERIFYHOST, tls.insecure_skip_verify ? 0L : 2L);
    Set(CURLOPT_SSLVERSION, MinVersion(tls.min_version) | MaxVersion(tls.max_version));
    if (tls.min_version && *tls.min_version < config::TlsVersion::kTls12) {
      // OpenSSL 3 refuses the old versions at its default security level.
      Set(CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
    }
    if (!tls.ca.empty()) {
      SetBlob(CURLOPT_CAINFO_BLOB, tls.ca);
      // The system's directory of roots would be consulted as well.
      Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    if (!tls.cert.empty()) SetBlob(CURLOPT_SSLCERT_BLOB, tls.cert);
    if (!tls.key.empty()) SetBlob(CURLOPT_SSLKEY_BLOB, tls.key.Reveal());
  }

  void SetProxy() {
    // Both are set in any case, else libcurl looks into the environment.
    Set(CURLOPT_NOPROXY, "");
    if (!transfer_.proxy) {
      Set(CURLOPT_PROXY, "");
      return;
    }
    std::string proxy = transfer_.proxy->Reveal();
    // The proxy looks the name up, as with Go programs.
    if (proxy.starts_with("socks5://")) proxy.replace(0, 6, "socks5h");
    Set(CURLOPT_PROXY, proxy.c_str());
    if (proxy.starts_with("https://")) {
      const TlsMaterial& tls = *transfer_.tls;
      Set(CURLOPT_PROXY_SSL_VERIFYPEER, tls.insecure_skip_verify ? 0L : 1L);
      Set(CURLOPT_PROXY_SSL_VERIFYHOST, tls.insecure_skip_verify ? 0L : 2L);
      if (!tls.ca.empty()) {
        SetBlob(CURLOPT_PROXY_CAINFO_BLOB, tls.ca);
        Set(CURLOPT_PROXY_CAPATH, static_cast<const char*>(nullptr));
      }
    }
    Set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    // For CONNECT only; a plain request through the proxy does not carry them.
    if (!transfer_.request->url.IsHttps()) return;
    for (const auto& [name, values] : transfer_.proxy_connect_headers) {
      for (const Secret& value : values) proxy_headers_.Add(name + ": " + value.Reveal());
    }
    Set(CURLOPT_PROXYHEADER, proxy_headers_.get());
  }

  static std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Exchange*>(self)->TakeHeader(std::string_view(data, size)) ? size : 0;
  }

  static std::size_t OnBody(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Exchange*>(self)->TakeBody(std::string_view(data, size)) ? size : 0;
  }

  bool TakeHeader(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > kResponseHeadBytesMax) return false;
    if (line.starts_with("HTTP/")) {
      response_.headers.clear();  // What came before was 100 Continue or the like.
      return true;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    response_.headers.push_back({std::string(TrimSpace(line.substr(0, colon))),
                                 std::string(TrimSpace(line.substr(colon + 1)))});
    return true;
  }

  void MakeRoom() {
    curl_off_t announced = -1;
    curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    if (announced <= 0) return;
    response_.body.reserve(
        RoomFor(static_cast<std::uint64_t>(announced), transfer_.response_bytes_max));
  }

  bool TakeBody(std::string_view bytes) {
    if (response_.body.empty()) MakeRoom();
    too_large_ = bytes.size() > transfer_.response_bytes_max - response_.body.size();
    if (!too_large_) response_.body.append(bytes);
    return !too_large_;
  }

  Transfer transfer_;
  Transfers::Done done_;
  StringList headers_, proxy_headers_, connect_to_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  CURLcode first_error_ = CURLE_OK;
  HttpResponse response_;
  std::size_t header_bytes_ = 0;
  bool too_large_ = false;
  Easy easy_;  // Last, so that it goes first.
};

class CurlTransfers final : public Transfers, public std::enable_shared_from_this<CurlTransfers> {
 public:
  explicit CurlTransfers(asio::io_context* loop)
      : loop_(loop), multi_(loop, [this](CURL* easy, CURLcode code) { OnDone(easy, code); }) {}
  ~CurlTransfers() override {
    for (auto& [id, exchange] : exchanges_) multi_.Remove(exchange->easy());
  }

  Id Start(Transfer transfer, Done done) override {
    const Id id = ++last_id_;
    auto exchange = std::make_unique<Exchange>(std::move(transfer), std::move(done), TakeEasy());
    // An integer in a pointer's clothes: nothing that could dangle.
    CURLcode code = exchange->SetUp(reinterpret_cast<void*>(id));
    if (code == CURLE_OK && multi_.Add(exchange->easy()) != CURLM_OK) code = CURLE_FAILED_INIT;
    exchanges_.emplace(id, std::move(exchange));
    if (code != CURLE_OK) {
      asio::post(*loop_, [weak = weak_from_this(), id, code] {
        if (const auto self = weak.lock()) self->Complete(id, code);
      });
    }
    return id;
  }

  void Abort(Id id) override {
    const auto node = exchanges_.extract(id);
    multi_.Remove(node.mapped()->easy());
  }

  int Status(Id id) const override { return exchanges_.at(id)->Status(); }

 private:
  Easy TakeEasy() {
    if (idle_.empty()) return Easy(curl_easy_init());
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }

  void OnDone(CURL* easy, CURLcode code) {
    void* id = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &id);
    Complete(reinterpret_cast<Id>(id), code);
  }

  void Complete(Id id, CURLcode code) {
    auto node = exchanges_.extract(id);
    if (node.empty()) return;
    HttpResult result = node.mapped()->Result(code);
    const Done done = node.mapped()->TakeDone();
    if (code == CURLE_OK && idle_.size() < kIdleHandlesMax) {
      if (Easy easy = node.mapped()->TakeEasy()) idle_.push_back(std::move(easy));
    }
    node = {};  // The request is the caller's again.
    done(std::move(result));
  }

  asio::io_context* loop_;
  Id last_id_ = 0;
  CurlMulti multi_;
  std::vector<Easy> idle_;  // To make one costs several microseconds.
  std::unordered_map<Id, std::unique_ptr<Exchange>> exchanges_;
};

void InitialiseCurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) log::Err("Initialising libcurl", {{"err", curl_easy_strerror(code)}});
  static const bool blocks =
      (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) == 0;
  if (blocks) log::Warn("libcurl looks names up one at a time: a slow one holds up all requests");
}

}  // namespace

CurlClient::CurlClient(NetThread* thread, Options options) {
  InitialiseCurl();
  HttpCalls::Options calls_options;
  calls_options.user_agent = std::move(options.user_agent);
  calls_options.concurrency_per_destination = options.concurrency_per_destination;
  calls_options.queue_per_destination = options.queue_per_destination;
  calls_options.connect_timeout = options.connect_timeout;
  calls_options.proxy_environment = std::move(options.proxy_environment);
  boost::asio::io_context* loop = &thread->loop();
  auto transfers =
      std::make_shared<PlainTransfers>(loop, thread->gate(), std::make_shared<CurlTransfers>(loop));
  calls_ = std::make_unique<PostedCalls<HttpCalls>>(
      thread, std::make_shared<HttpCalls>(loop, std::move(transfers), std::move(calls_options)));
}

CurlClient::~CurlClient() = default;

CallHandle CurlClient::Send(HttpCall call, HttpCallback done) {
  return calls_->Send(std::move(call), std::move(done));
}

void CurlClient::Stop() {
  calls_->Stop();
}

}  // namespace tocsin::net
