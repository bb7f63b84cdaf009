#pragma once

// Transfers over TCP without TLS and without a proxy, which is what most queries and webhooks
// beside the server are. Written on Beast, as the server is: in libcurl the way from one of its
// states to the next costs more than such an exchange does. Everything else goes to `others`.

#include "net/name_lookup.h"
#include "net/plain_connection.h"
#include "net/tcp_connect.h"
#include "net/transfers.h"

#include <boost/asio/io_context.hpp>

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

namespace tocsin::net {

class LazyTimer;
class LoopGate;

class PlainTransfers final : public Transfers, public std::enable_shared_from_this<PlainTransfers> {
 public:
  PlainTransfers(boost::asio::io_context* loop, std::shared_ptr<LoopGate> gate,
                 std::shared_ptr<Transfers> others);
  ~PlainTransfers() override;

  Id Start(Transfer transfer, Done done) override;
  void Abort(Id id) override;
  int Status(Id id) const override;

 private:
  // On its way to a connection, or on one.
  struct Exchange {
    Transfer transfer;
    Done done;
    std::shared_ptr<TcpConnect> connect;
    std::shared_ptr<PlainConnection> connection;
    bool used_before = false;  // The connection was.
  };
  struct Idle {
    std::string destination;
    std::shared_ptr<PlainConnection> connection;
    std::chrono::steady_clock::time_point since;
  };

  std::shared_ptr<PlainConnection> TakeIdle(const std::string& destination);
  void KeepIdle(std::string destination, std::shared_ptr<PlainConnection> connection);
  void CloseOldOnes();
  void Connect(Id id, Exchange* exchange);
  void OnConnected(Id id, Result<TcpConnect::Socket> socket);
  void Perform(Id id, Exchange* exchange);
  void OnAnswer(Id id, PlainConnection::Answer answer);
  void Finish(Id id, HttpResult result);

  boost::asio::io_context* loop_;
  const std::shared_ptr<Transfers> others_;
  const std::shared_ptr<NameLookup> names_;
  Id last_id_ = 0;
  std::unordered_map<Id, Exchange> exchanges_;
  std::deque<Idle> idle_;  // The longest first.
  std::unique_ptr<LazyTimer> idle_timer_;
};

}  // namespace tocsin::net
