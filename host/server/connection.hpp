// SPDX-License-Identifier: Apache-2.0
// Connections behind a plain header: Beast is expensive to compile, so only connection.cpp sees it.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>

#include "host/server/io_thread.hpp"

namespace boost::asio::ssl {
class context;
}

namespace tento::host::server {

using Socket =
    boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, boost::asio::io_context::executor_type>;

// Serves a socket that belongs to the thread's context; on that thread. It keeps itself alive until it is closed. With
// a TLS context it begins with the handshake.
void serve_connection(IoThread& thread, Socket socket, Peer peer, std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace tento::host::server
