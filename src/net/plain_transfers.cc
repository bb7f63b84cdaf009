#include "net/plain_transfers.h"

#include "net/lazy_timer.h"

#include <algorithm>
#include <utility>

namespace tocsin::net {
namespace {

// The others' are not so many.
constexpr Transfers::Id kOurs = Transfers::Id{1} << 63;
constexpr std::size_t kIdleConnectionsMax = 256;
// Shorter than what servers and the firewalls between usually allow.
constexpr Duration kIdleTimeout = std::chrono::seconds(90);

}  // namespace

PlainTransfers::PlainTransfers(boost::asio::io_context* loop, std::shared_ptr<LoopGate> gate,
                               std::shared_ptr<Transfers> others)
    : loop_(loop),
      others_(std::move(others)),
      names_(std::make_shared<NameLookup>(std::move(gate), NameLookup::Options{})),
      idle_timer_(std::make_unique<LazyTimer>(loop, [this] { CloseOldOnes(); })) {}

PlainTransfers::~PlainTransfers() {
  for (auto& [id, exchange] : exchanges_) {
    if (exchange.connect) exchange.connect->Abort();
  }
}

Transfers::Id PlainTransfers::Start(Transfer transfer, Done done) {
  if (transfer.proxy || transfer.request->url.IsHttps()) {
    return others_->Start(std::move(transfer), std::move(done));
  }
  const Id id = ++last_id_ | kOurs;
  Exchange* exchange = &exchanges_[id];
  exchange->transfer = std::move(transfer);
  exchange->done = std::move(done);
  exchange->connection = TakeIdle(exchange->transfer.request->url.Destination());
  exchange->used_before = exchange->connection != nullptr;
  exchange->used_before ? Perform(id, exchange) : Connect(id, exchange);
  return id;
}

void PlainTransfers::Abort(Id id) {
  if ((id & kOurs) == 0) return others_->Abort(id);
  const auto node = exchanges_.extract(id);
  if (node.mapped().connect) node.mapped().connect->Abort();
}

int PlainTransfers::Status(Id id) const {
  if ((id & kOurs) == 0) return others_->Status(id);
  const Exchange& exchange = exchanges_.at(id);
  return exchange.connection ? exchange.connection->Status() : 0;
}

// The one that was used last: the others may so grow old.
std::shared_ptr<PlainConnection> PlainTransfers::TakeIdle(const std::string& destination) {
  for (auto it = idle_.end(); it != idle_.begin();) {
    --it;
    if (it->destination != destination) continue;
    const std::shared_ptr<PlainConnection> connection = std::move(it->connection);
    it = idle_.erase(it);
    if (connection->IsUsable()) return connection;
  }
  return nullptr;
}

void PlainTransfers::KeepIdle(std::string destination,
                              std::shared_ptr<PlainConnection> connection) {
  if (idle_.size() == kIdleConnectionsMax) idle_.pop_front();
  const auto now = std::chrono::steady_clock::now();
  idle_.push_back({std::move(destination), std::move(connection), now});
  idle_timer_->Set(idle_.front().since + kIdleTimeout);
}

void PlainTransfers::CloseOldOnes() {
  const auto now = std::chrono::steady_clock::now();
  while (!idle_.empty() && idle_.front().since + kIdleTimeout <= now) idle_.pop_front();
  if (!idle_.empty()) idle_timer_->Set(idle_.front().since + kIdleTimeout);
}

void PlainTransfers::Connect(Id id, Exchange* exchange) {
  const Url& url = exchange->transfer.request->url;
  exchange->used_before = false;
  exchange->connect = std::make_shared<TcpConnect>(
      loop_, url.host, url.port, TcpConnect::Clock::now() + exchange->transfer.connect_timeout,
      [weak = weak_from_this(), id](Result<TcpConnect::Socket> socket) {
        if (const auto self = weak.lock()) self->OnConnected(id, std::move(socket));
      });
  exchange->connect->Start(names_.get());
}

void PlainTransfers::OnConnected(Id id, Result<TcpConnect::Socket> socket) {
  if (!socket) {
    return Finish(id, tl::unexpected(HttpFailure{HttpFailure::Kind::kConnect,
                                                 std::move(socket.error().message), 0}));
  }
  Exchange* exchange = &exchanges_.at(id);
  exchange->connect.reset();
  exchange->connection = std::make_shared<PlainConnection>(*std::move(socket));
  Perform(id, exchange);
}

void PlainTransfers::Perform(Id id, Exchange* exchange) {
  const Transfer& transfer = exchange->transfer;
  exchange->connection->Perform(
      {transfer.request, transfer.accept_encoding, transfer.response_bytes_max},
      [weak = weak_from_this(), id](PlainConnection::Answer answer) {
        if (const auto self = weak.lock()) self->OnAnswer(id, std::move(answer));
      });
}

void PlainTransfers::OnAnswer(Id id, PlainConnection::Answer answer) {
  Exchange* exchange = &exchanges_.at(id);
  // It was closed for its age while the request was under way.
  if (answer.no_answer && exchange->used_before) {
    exchange->connection.reset();
    return Connect(id, exchange);
  }
  if (answer.reusable) {
    KeepIdle(exchange->transfer.request->url.Destination(), std::move(exchange->connection));
  }
  Finish(id, std::move(answer.result));
}

void PlainTransfers::Finish(Id id, HttpResult result) {
  auto node = exchanges_.extract(id);
  const Done done = std::move(node.mapped().done);
  node = {};  // The request is the caller's again.
  done(std::move(result));
}

}  // namespace tocsin::net
