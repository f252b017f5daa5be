FROM python:3.11-slim
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps .
RUN useradd --system prospecting && mkdir -p /workspace /var/lib/prospecting && chown prospecting /workspace /var/lib/prospecting
USER prospecting
CMD ["prospecting", "serve", "--workspace", "/workspace"]
