FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
# The dependencies are a layer of their own, built again only when they change. Tests and benches stay outside.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
RUN sed -i '/^\[\[test\]\]/,/^$/d; /^\[\[bench\]\]/,/^$/d' Cargo.toml \
    && mkdir src && echo 'fn main() {}' >src/main.rs && touch src/lib.rs \
    && cargo build --release --locked --bin hub-credits \
    && rm -r src
COPY build.rs ./
COPY migrations migrations
COPY templates templates
COPY src src
# Cargo goes by the times of the files, which must be later than those above.
RUN find build.rs src migrations -type f -exec touch {} + && cargo build --release --locked --bin hub-credits

FROM debian:bookworm-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin hub-credits \
    && install -d -o hub-credits -g hub-credits -m 0700 /data
COPY --from=build /build/target/release/hub-credits /usr/local/bin/hub-credits
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/hub-credits/
USER 10001:10001
WORKDIR /data
VOLUME /data
# Of many files that are imported at once, glibc keeps less of what it has freed with two arenas.
ENV MALLOC_ARENA_MAX=2
ENV DATABASE_URL=sqlite:/data/hub-credits.db \
    HUB_CREDITS_KEYS=/data/signing-keys.pem \
    HUB_CREDITS_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["hub-credits", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["hub-credits"]
CMD ["serve"]
