-- The requests that Tools/bench server sends through wrk, and the one line of JSON that it reads back.
--
--   wrk -s Benchmarks/Server/requests.lua http://127.0.0.1:8000 -- GetItem 10000
--
-- GetItem, PutItem and Mix (half of each) draw keys uniformly from key-0000000 to the given count; Query draws one
-- of a tenth as many partitions, of ten items each. An item is about 1 KB, half of which compresses away.

local operation, keys
local text_bytes = 928
-- Texts are cut from it: pieces of 58 characters, each written twice.
local pool

function setup(thread)
    -- Every wrk thread runs this file for itself and must not draw the same keys as the others.
    counter = (counter or 0) + 1
    thread:set("number", counter)
end

function init(args)
    operation = args[1]
    keys = tonumber(args[2])
    math.randomseed(os.time() * 64 + number)
    pool = make_pool(1024)
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/x-amz-json-1.0"
    wrk.headers["X-Amz-Date"] = "20260101T000000Z"
    wrk.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/dynamodb/aws4_request, "
        .. "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" .. string.rep("0", 64)
end

function make_pool(pieces)
    local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    local texts = {}
    for piece = 1, pieces do
        local characters = {}
        for place = 1, 58 do
            local chosen = math.random(#alphabet)
            characters[place] = alphabet:sub(chosen, chosen)
        end
        texts[piece] = table.concat(characters):rep(2)
    end
    return table.concat(texts)
end

function request()
    local kind = operation
    if kind == "Mix" then kind = math.random(2) == 1 and "GetItem" or "PutItem" end
    wrk.headers["X-Amz-Target"] = "DynamoDB_20120810." .. kind
    local number = math.random(0, keys - 1)
    local body
    if kind == "GetItem" then
        body = string.format('{"TableName":"measure","Key":{"pk":{"S":"key-%07d"}}}', number)
    elseif kind == "Query" then
        body = string.format('{"TableName":"posts","KeyConditionExpression":"thread = :t",'
            .. '"ExpressionAttributeValues":{":t":{"S":"thread-%06d"}}}', math.floor(number / 10))
    else
        local start = math.random(#pool - text_bytes)
        body = string.format(
            '{"TableName":"measure","Item":{"pk":{"S":"key-%07d"},"count":{"N":"%d"},"open":{"BOOL":true},"text":{"S":"%s"}}}',
            number, math.random(1000000), pool:sub(start, start + text_bytes - 1))
    end
    return wrk.format(nil, "/", nil, body)
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"seconds":%.6f,"errors":%d,"p50":%d,"p99":%d,"p999":%d,"max":%d}\n',
        summary.requests, summary.duration / 1e6,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max))
end
