#include "order_total.hpp"

#include <memory>
#include <weir/application.hpp>

int main(int argc, char** argv) {
  weir::application app{"order-node"};
  app.handler("orders", weir::on("order.placed"), "keeps the running total of a job's orders",
              [] { return std::make_unique<order_total>(); });
  return app.run(argc, argv);
}
