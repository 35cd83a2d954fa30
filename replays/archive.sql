-- name: checkpoint_before
-- The newest signed checkpoint of the log up to a position.
SELECT note FROM liggare_proof.checkpoint
WHERE tree = 'events' AND position <= %(position)s ORDER BY size DESC LIMIT 1
