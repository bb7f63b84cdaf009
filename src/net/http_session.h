#pragma once

// A client's connection to the HTTP server, and the thread it lives on. Private to the server.

#include "net/http_server.h"
#include "net/http_server_state.h"
#include "net/lazy_timer.h"
#include "net/loop_gate.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <thread>
#include <unordered_set>

namespace tocsin::net {

// A response and its share of the memory for responses.
struct CountedResponse {
  HttpResponse response;
  ByteLease lease;
};

// Belongs to its worker's thread. Owned by the worker while it is open, and by its pending
// operations.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void Start() = 0;
  // Instead of Start: tells a client over the limit so, and closes.
  virtual void Refuse() = 0;
  // Closes if no request is in progress; else after the answer.
  virtual void Drain() = 0;
  virtual void Close() = 0;
  // To the request of that number; nothing happens if it is over.
  virtual void Answer(std::uint64_t request, CountedResponse response) = 0;
};

// A connection that waits for its client, and since when.
struct Waiting {
  Connection* connection = nullptr;
  LazyTimer::Clock::time_point since;
};

// One HTTP thread and its connections.
struct Worker {
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::shared_ptr<LoopGate> gate = std::make_shared<LoopGate>(&io);
  std::unordered_set<std::shared_ptr<Connection>> connections;
  // Those of them that wait for their client, each the longest first: without a request, and with
  // one of which a part is here.
  std::list<Waiting> idle, stalled;
  std::thread thread;
};

// `worker` must outlive it. The caller has counted it in `state` and puts it among the worker's
// connections; Close undoes both.
std::shared_ptr<Connection> MakeConnection(boost::asio::ip::tcp::socket socket, Worker* worker,
                                           std::shared_ptr<HttpServerState> state);

}  // namespace tocsin::net
